using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Methods;
using Cirrus.Postgres;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus search photo.jpg "but in red"</c></summary>
internal static class SearchCommand
{
    private static readonly Argument<string[]> Free = new("query")
    {
        Description = "pictures and words in any order; words become one caption, and $ in them is the picture's place; "
            + "'+ words' is a term of its own",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private static readonly Option<string[]> Pictures = new("--image", "-i") { Description = "this is a picture" };
    private static readonly Option<string[]> Words = new("--text", "-t") { Description = "these are words" };
    private static readonly Option<string[]> And = new("--and") { Description = "a term of its own, added to the query" };
    private static readonly Option<string[]> Without = new("--without", "-x")
    {
        Description = "push away what these words or this picture show",
    };
    private static readonly Option<long[]> Like = new("--like")
    {
        Description = "a picture of the gallery by its id, as --format json gives it",
    };
    private static readonly Option<string> Place = new("--gallery", "-g")
    {
        Description = "the gallery, or its folder of pictures; else the one here or above",
        DefaultValueFactory = _ => ".",
    };
    private static readonly Option<string?> By = new("--method")
    {
        Description = $"{string.Join(", ", Method.All.Select(m => m.Name))}; else the one that trained --weights, "
            + "lincir where its weights are at hand, or slerp",
    };
    private static readonly Option<string?> Weights = new("--weights", "-w")
    {
        Description = "trained weights of the method: a run's folder or file",
    };
    private static readonly Option<string?> Model = new("--model", "-m")
    {
        Description = "the gallery's CLIP, where it has moved",
    };
    private static readonly Option<float?> ImageWeight = new("--image-weight")
    {
        Description = "0 is the words alone, 1 the picture alone",
    };
    private static readonly Option<string?> Crop = new("--crop")
    {
        Description = "ask about this part of the picture: X,Y,WIDTH,HEIGHT as fractions of its size",
    };
    private static readonly Option<string?> Mask = new("--mask")
    {
        Description = "what of the picture is to be changed, for compodiff: a black picture with that in white, "
            + "or a rectangle X,Y,WIDTH,HEIGHT in its pixels",
    };
    private static readonly Option<int> Count = new Option<int>("--count", "-n")
    {
        Description = "how many",
        DefaultValueFactory = _ => 10,
    }.From(1, 1_000_000);
    private static readonly Option<float?> MinScore = new("--min-score") { Description = "leave out what scores less" };
    private static readonly Option<string> Cut = new Option<string>("--cut")
    {
        Description = "auto leaves out what is no better than chance in this gallery for this query, "
            + "or clearly weaker than the best hit",
        DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong("none", "auto");

    private static readonly Option<string?> Filter = new("--filter")
    {
        Description = "only pictures like these: 'path:holiday/** date>=2024 width>=1000 orientation:portrait' (docs/formats.md)",
    };
    private static readonly Option<bool> IncludeQuery = new("--include-query")
    {
        Description = "the query's own pictures may be found",
    };
    private static readonly Option<string?> Format = new("--format")
    {
        Description = "table, tsv, paths, paths0, json, jsonl or csv; else a table on a terminal, tsv elsewhere",
    };
    private static readonly Option<bool> Open = new("--open") { Description = "show the answer as a page of pictures" };
    private static readonly Option<string?> Sheet = new("--sheet") { Description = "write that page to a file" };
    private static readonly Option<bool> Prompt = new("--prompt") { Description = "print the caption that was really encoded" };
    private static readonly Option<bool> Explain = new("--explain")
    {
        Description = "with each hit its cosine to each part of the query, and the time taken",
    };

    public static Command Create()
    {
        Command command = new("search", "Find pictures from pictures and words.")
        {
            Free, Pictures, Words, And, Without, Like, Place, By, Weights, Model, ImageWeight, Count, Filter, MinScore, Cut,
            IncludeQuery, Format, Open, Sheet, Prompt, Explain,
        };
        Option[] others = [.. SentenceSwitches.All, .. SamplingSwitches.OfPictures, Crop, Mask, .. DatabaseSearch.All];
        foreach (Option option in others)
            command.Add(option);
        Format.AcceptOnlyFromAmong(SearchFormat.Names);
        By.AcceptOnlyFromAmong([.. Method.All.SelectMany(m => m.Also.Prepend(m.Name))]);
        By.HelpName = "method";
        command.SetAction(Run);
        return command.WithExamples("search photo.jpg \"but in red\"", "search \"two dogs on a beach\" -g photos",
            "search a.jpg b.jpg \"at night\" -x people -n 50 --format json",
            "search photo.jpg \"a pencil sketch of $\" --weights runs/lincir --open",
            "search photo.jpg \"is at night\" --weights runs/lincir --anchored", "search shoe.jpg \"+ snow\" --explain",
            "search street.jpg \"in snow\" --crop 0.5,0,0.5,1",
            "search dog.jpg \"as a puppy\" --filter \"path:2024/** orientation:portrait\" --cut auto",
                "search photo.jpg \"at night\" --database postgres://ann@db.example/pictures");
    }

    private static int Run(ParseResult args)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        ComposedQuery query = QueryOf(args);
        ItemFilter? filter = args.GetValue(Filter) is string text ? ItemFilterText.Parse(text) : null;
        SearchOptions options = new(args.GetValue(Count))
        {
            Filter = filter,
            Cut = args.GetValue(Cut) == "auto",
            IncludeQuery = args.GetValue(IncludeQuery),
            MinScore = args.GetValue(MinScore) ?? float.NegativeInfinity,
            Explain = args.GetValue(Explain),
            Partial = args.GetValue(DatabaseSearch.Partial),
        };
        long start = Stopwatch.GetTimestamp();
        using PostgresIndex? database = DatabaseSearch.Open(args, Place, options.Cut);
        using ClipEncoder? encoder = database is null ? null
            : ClipEncoder.Open(ModelPlace.Find(args.GetValue(Model), database.Space));
        using Retriever retriever = database is null ? OpenGallery(args)
            : Retriever.Open(database, encoder!, WeightsOf(args), args.GetValue(DatabaseSearch.Files));
        double opened = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        string? trained = args.GetValue(Weights) is string weights ? MethodOfWeights.Find(weights)?.Name : null;
        string method = args.GetValue(By) ?? trained ?? retriever.DefaultMethod;
        if (args.GetValue(By) is null && query.Pictures.Count > 0 && query.Words is not null)
            error.WriteLine(Method.Find(method).NeedsWeights
                ? $"method: {method}"
                : $"method: {method}, for no trained φ is at hand "
                    + $"({CommandName.Typed} train lincir makes one; --weights names it)");
        SearchAnswer answer = retriever.Search(query with { Method = method }, options);
        foreach (string warning in answer.Warnings)
            error.WriteLine($"warning: {warning}");
        foreach (string shard in answer.SilentShards)
            error.WriteLine($"warning: no answer from {shard}; what it holds is not among these");
        if (args.GetValue(Prompt))
            error.WriteLine($"prompt: {answer.Prompt}");
        if (args.GetValue(Explain))
            error.WriteLine(Timings(opened, answer));
        bool terminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        SearchFormat.Write(output, args.GetValue(Format) ?? (terminal ? "table" : "tsv"), answer);
        if (filter is not null && answer.Hits.Count > 0 && answer.Matched < options.Top)
            error.WriteLine($"{answer.Hits.Count} of {options.Top}: only {answer.Matched} match the filter");
        if (answer.Hits.Count == 0)
        {
            error.WriteLine(answer.Searched == 0 ? "the gallery has no pictures"
                : answer.Matched == 0 && filter is not null ? "nothing matches the filter"
                : "nothing found");
            return ExitCode.NothingFound;
        }
        if (args.GetValue(Open) || args.GetValue(Sheet) is not null)
            ShowSheet(query, answer, args, error);
        return ExitCode.Done;
    }

    private static ComposedQuery QueryOf(ParseResult args)
    {
        (List<string> free, List<string> and) = SplitTerms(args.GetValue(Free) ?? []);
        ComposedQuery query = QueryGrammar.Parse(free, args.GetValue(Pictures) ?? [], args.GetValue(Words) ?? [],
            [.. and, .. args.GetValue(And) ?? []], args.GetValue(Without) ?? [], args.GetValue(ImageWeight),
            args.GetValue(Like));
        query = query with
        {
            Mask = args.GetValue(Mask) is string mask ? PictureMask.Parse(mask) : null,
            Sentence = SentenceSwitches.Read(args),
            Sampling = SamplingSwitches.Read(args),
        };
        if (args.GetValue(Crop) is not string crop)
            return query;
        return query.Pictures is [{ } only]
            ? query with { Pictures = [only with { Crop = PictureCrop.Parse(crop) }] }
            : throw new CirrusException($"A crop belongs to one picture; the query has {query.Pictures.Count}.",
                hint: "give one picture with --crop");
    }

    private static string Timings(double opened, SearchAnswer answer)
    {
        StageTimings took = answer.Timings;
        return string.Create(CultureInfo.InvariantCulture, $"opened {opened:F0} ms, decode {took.Decode:F1}, "
            + $"encode {took.Encode:F1}, compose {took.Compose:F1}, search {took.Search:F1} ms; "
            + $"{answer.Matched:N0} of {answer.Searched:N0} pictures matched");
    }

    /// <summary><c>"+ snow"</c>, <c>+snow</c>, or a + before the words: a term of its own.</summary>
    private static (List<string> Free, List<string> And) SplitTerms(string[] arguments)
    {
        (List<string> free, List<string> and) = ([], []);
        for (int i = 0; i < arguments.Length; i++)
            if (arguments[i] == "+")
                and.Add(++i < arguments.Length
                    ? arguments[i]
                    : throw new CirrusException("There are no words after the +.", hint: "cirrus search photo.jpg + snow"));
            else if (arguments[i].StartsWith('+'))
                and.Add(arguments[i][1..].Trim());
            else
                free.Add(arguments[i]);
        return (free, and);
    }

    private static Retriever OpenGallery(ParseResult args)
    {
        string place = args.GetRequiredValue(Place);
        string pictures = place != "." && Directory.Exists(place) ? place : "FOLDER";
        string folder = GalleryFolder.Find(place)
            ?? throw new CirrusException($"There is no gallery in '{place}' or above it.",
                hint: $"make one: cirrus index {pictures}; or name it: -g FOLDER");
        EmbeddingSpace space;
        using (GalleryFolder gallery = GalleryFolder.Open(folder))
            space = gallery.Space;
        return Retriever.Open(folder, ModelPlace.Find(args.GetValue(Model), space), WeightsOf(args));
    }

    private static string? WeightsOf(ParseResult args) =>
        args.GetValue(Weights) is string weights ? ModelPlace.FindWeights(weights) : null;

    private static void ShowSheet(ComposedQuery query, SearchAnswer answer, ParseResult args, TextWriter error)
    {
        string file = Path.GetFullPath(
            args.GetValue(Sheet) ?? Path.Combine(Path.GetTempPath(), $"cirrus-{Guid.NewGuid():N}.html"));
        IEnumerable<string?> parts =
        [
            .. query.Pictures.Select(p => p.File is null ? $"#{p.Id}" : Path.GetFileName(p.File)),
            query.Words,
            .. (query.And ?? []).Select(a => "+ " + a),
            .. (query.Without ?? []).Select(w => "without " + (w.Words ?? Path.GetFileName(w.Picture?.File))),
        ];
        string asked = string.Join(" ", parts.Where(t => !string.IsNullOrEmpty(t)));
        try
        {
            File.WriteAllText(file, ContactSheet.Html(asked, [.. query.Pictures.Select(p => p.File).OfType<string>()], answer));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{file}' cannot be written: {e.Message}", hint: "name another file with --sheet", e);
        }
        error.WriteLine(file);
        if (args.GetValue(Open) && !Browser.TryOpen(file))
            error.WriteLine("no program to open it was found; open the file above in a browser");
    }
}
