using System.CommandLine;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary>Options that name what a method learns from, and the reading of it. The playground's CLIP brings data of its own.</summary>
internal static class TrainingDataReader
{
    private static readonly Option<string[]> Captions = new("--captions", "-c")
    {
        Description = "files of captions: .txt, .tsv, .csv, .jsonl, each also .gz",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Column = new("--column") { Description = "the captions' column; else caption, text or prompt" };

    private static readonly Option<string[]> Pictures = new("--pictures", "-p")
    {
        Description = "folders of pictures, pictures, or .txt lists of them",
        AllowMultipleArgumentsPerToken = true,
    };

    public static IEnumerable<Option> Options(TrainingDataKind kind) => kind switch
    {
        TrainingDataKind.Captions => [Captions, Column],
        TrainingDataKind.Pictures => [Pictures],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <exception cref="CirrusException">Nothing is named, and the CLIP is none that brings its own.</exception>
    public static TrainingData Read(TrainingDataKind kind, ParseResult args, ClipModel clip, bool playground, TextWriter error)
    {
        string[] places = args.GetValue(kind == TrainingDataKind.Captions ? Captions : Pictures) ?? [];
        if (places.Length == 0 && playground)
        {
            error.WriteLine($"{PlaygroundData.Count:N0} {kind.ToString().ToLowerInvariant()} of the playground");
            return PlaygroundData.Of(kind);
        }
        if (places.Length == 0)
            throw kind == TrainingDataKind.Captions
                ? new CirrusException("There are no captions to train on.", hint: "name files: --captions a.txt b.tsv.gz; with --model playground it has its own")
                : new CirrusException("There are no pictures to train on.", hint: "name a folder: --pictures photos; with --model playground it has its own");
        if (kind == TrainingDataKind.Pictures)
            return new(Pictures: TrainingPictures.Find(places, clip.Preprocessing));
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) = CaptionFiles.Read(places, args.GetValue(Column));
        foreach (CaptionFileReport report in reports)
            error.WriteLine(report);
        return new(Captions: captions);
    }
}
