using Cirrus;

// After `cirrus index photos`: dotnet run photos photo.jpg "but in red"
using Retriever retriever = Retriever.Open(args[0]);
ComposedQuery query = new([new(args[1])], args[2], Without: [new("people")]);
PreparedQuery composed = await retriever.ComposeAsync(query);        // reads the picture, encodes, composes
Console.WriteLine($"{composed.Method}: {composed.Prompt}");

SearchAnswer answer = await retriever.SearchAsync(composed, new SearchOptions(Top: 5) { Explain = true });
foreach (SearchHit hit in answer.Hits)
    Console.WriteLine($"{hit.Rank}. {hit.Path}  {hit.Score:F3}  picture {hit.Terms!["picture"]:F3}, words {hit.Terms["words"]:F3}");

answer = await retriever.SearchAsync(composed, new SearchOptions(Top: 5) { Offset = 5 });        // the next page: nothing is encoded
Console.WriteLine($"{answer.Hits.Count} more of {answer.Matched} pictures, in {answer.Timings.Search:F1} ms");
