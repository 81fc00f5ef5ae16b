using System.CommandLine;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary><c>cirrus bench serve</c>: many clients at once while the gallery is indexed again, every answer checked.</summary>
internal static class ServeBench
{
    private static readonly Option<int> Seconds = new Option<int>("--seconds") { Description = "how long it asks", DefaultValueFactory = _ => 60 }.From(1, 86_400);
    private static readonly Option<int> Connections = new Option<int>("--connections") { Description = "clients that ask at the same time", DefaultValueFactory = _ => 64 }.From(1, 1024);
    private static readonly Option<int> Pictures = new Option<int>("--pictures") { Description = "pictures of the drawn gallery", DefaultValueFactory = _ => 600 }.From(70, 20_000);
    private static readonly Option<string?> Server = new("--server")
    {
        Description = "the program that is asked to serve; default: this one",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Still = new("--still") { Description = "leave the gallery as it is: no indexing meanwhile" };
    private static readonly Option<bool> Json = BenchReport.Json();

    public static Command Create()
    {
        Command command = new("serve", "Ask a server of the drawn gallery from many connections and check every answer.")
        {
            Seconds, Connections, Pictures, Server, Still, Json,
        };
        command.SetAction(Run);
        return command.WithExamples("bench serve", "bench serve --seconds 600 --connections 64 --json");
    }

    private static async Task<int> Run(ParseResult args, CancellationToken stop)
    {
        TextWriter error = args.InvocationConfiguration.Error;
        string folder = Directory.CreateTempSubdirectory("cirrus-bench-").FullName;
        try
        {
            error.WriteLine($"drawing and indexing {args.GetValue(Pictures)} pictures");
            using LoadGallery gallery = LoadGallery.Make(Path.Combine(folder, "drawn"), args.GetValue(Pictures), stop);
            error.WriteLine($"{gallery.Queries.Count} queries answered by the library; starting the server");
            using ServedGallery server = await ServedGallery.Start(args.GetValue(Server), gallery.Path, stop);
            error.WriteLine($"{args.GetValue(Connections)} connections for {args.GetValue(Seconds)} s at {server.Address}");
            using LoadRun run = new(server, gallery, args.GetValue(Connections), TimeSpan.FromSeconds(args.GetValue(Seconds)),
                still: args.GetValue(Still));
            LoadResult result = await run.Ask(stop);
            foreach (string wrong in result.Wrong.Take(5))
                error.WriteLine(wrong);
            new BenchReport(result.Rows(args.GetValue(Connections))).Write(args.InvocationConfiguration.Output, args.GetValue(Json));
            if (result.IsGood)
                return ExitCode.Done;
            throw new CirrusException($"{result.Wrong.Count} answers were wrong or refused.", hint: "the first are shown above");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
