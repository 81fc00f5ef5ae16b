using System.CommandLine;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;
using Cirrus.Playground;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary>
/// Options that name what a method learns from, and the reading of it. The playground's data are those of its CLIP
/// unless others are named, and named <c>playground</c> for any other.
/// </summary>
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

    private static readonly Option<string[]> Triplets = new("--triplets", "-t")
    {
        Description =
            "files of triplets: JSON lines with reference, target and caption, or FashionIQ's or CIRR's JSON; pictures are "
                + "found below --pictures by name",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> Examples = new("--examples", "-e")
    {
        Description =
            "JSON lines, also .gz: picture and caption, these with a mask, or reference, caption and target (docs/formats.md); "
                + "pictures are found below --pictures by name",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> Features = new("--features")
    {
        Description = "in place of the pictures: what embed --raw wrote of them, found by the same names; --pictures is then for masks alone",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Pad = PaddingOption.Create("none unless said");

    public static Imaging.Padding PaddingOf(TrainingDataKind kind, ParseResult args) =>
        kind == TrainingDataKind.Captions ? Imaging.Padding.None : PaddingOption.Read(args.GetValue(Pad));

    public static IEnumerable<Option> Options(TrainingDataKind kind) => kind switch
    {
        TrainingDataKind.Captions => [Captions, Column],
        TrainingDataKind.Pictures => [Pictures, Pad],
        TrainingDataKind.Triplets => [Triplets, Pictures, Pad],
        TrainingDataKind.Examples => [Examples, Pictures, Features, Pad],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <exception cref="CirrusException">Nothing is named, and the CLIP is none that brings its own.</exception>
    public static TrainingData Read(TrainingDataKind kind, ParseResult args, ClipModel clip, bool playground, TextWriter error,
        CancellationToken stop = default)
    {
        string[] files = args.GetValue(MainOption(kind)) ?? [];
        if ((files is [ModelPlace.Shipped] && !Path.Exists(ModelPlace.Shipped)) || (files.Length == 0 && playground))
        {
            error.WriteLine($"{PlaygroundData.Count:N0} {kind.ToString().ToLowerInvariant()} of the playground");
            return PlaygroundData.Of(kind);
        }
        if (files.Length == 0)
            throw new CirrusException($"There are no {kind.ToString().ToLowerInvariant()} to train on.",
                hint: $"name {Example(kind)}; the word playground takes its drawn ones, as --model playground does by itself");
        return kind switch
        {
            TrainingDataKind.Captions => new(Captions: ReadCaptions(files, args.GetValue(Column), error)),
            TrainingDataKind.Pictures => new(Pictures: TrainingPictures.Find(files, clip.Preprocessing)),
            TrainingDataKind.Examples =>
                new(Examples: ReadExamples(files, args.GetValue(Pictures) ?? [], args.GetValue(Features) ?? [], clip, error, stop)),
            _ => new(Triplets: ReadTriplets(files, args.GetValue(Pictures) ?? [], clip, error)),
        };
    }

    /// <summary>Data as they might be named on a command line, for examples.</summary>
    public static string Example(TrainingDataKind kind) => kind switch
    {
        TrainingDataKind.Captions => "--captions captions.tsv.gz",
        TrainingDataKind.Pictures => "--pictures photos",
        TrainingDataKind.Examples => "--examples examples.jsonl --pictures photos",
        _ => "--triplets cap.rc2.train.json --pictures photos",
    };

    /// <summary>The same another way, where there is one.</summary>
    public static string SecondExample(TrainingDataKind kind) => kind == TrainingDataKind.Examples
        ? "--examples captions.jsonl --features features.jsonl --set first_share=1" : Example(kind);

    private static Option<string[]> MainOption(TrainingDataKind kind) => kind switch
    {
        TrainingDataKind.Captions => Captions,
        TrainingDataKind.Pictures => Pictures,
        TrainingDataKind.Examples => Examples,
        _ => Triplets,
    };

    private static TripletSet ReadTriplets(string[] files, string[] places, ClipModel clip, TextWriter error)
    {
        if (places.Length == 0)
            throw new CirrusException("The pictures of the triplets are nowhere.", hint: "name the folder that holds them: --pictures photos");
        (IReadOnlyList<NamedTriplet> named, IReadOnlyList<TripletFileReport> reports) = TripletFiles.Read(files);
        foreach (TripletFileReport report in reports)
            error.WriteLine(report);
        (PictureSet pictures, IReadOnlyDictionary<string, int> found) =
            TrainingPictures.Named(places, named.SelectMany(t => new[] { t.Reference, t.Target }), clip.Preprocessing);
        return TripletSet.Bind(named, pictures, found, error.WriteLine);
    }

    private static DiffusionSet ReadExamples(string[] files, string[] places, string[] features, ClipModel clip,
        TextWriter error, CancellationToken stop)
    {
        if (places.Length == 0 && features.Length == 0)
            throw new CirrusException("The pictures of the examples are nowhere.",
                hint: "name the folder that holds them: --pictures photos, or what embed --raw made of them: --features features.jsonl");
        (IReadOnlyList<NamedExample> named, IReadOnlyList<DiffusionFileReport> reports) = DiffusionFiles.Read(files);
        foreach (DiffusionFileReport report in reports)
            error.WriteLine(report);
        if (features.Length == 0)
            return TrainingExamples.OfPictures(named, places, clip.Preprocessing, error.WriteLine, stop);
        NamedFeatures found = NamedFeatures.Read(features, named.SelectMany(TrainingExamples.Names), clip.Config.P);
        foreach (string note in found.Notes)
            error.WriteLine(note);
        return TrainingExamples.OfFeatures(named, found, places, clip.Preprocessing, error.WriteLine, stop);
    }

    private static CaptionCorpus ReadCaptions(string[] files, string? column, TextWriter error)
    {
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) = CaptionFiles.Read(files, column);
        foreach (CaptionFileReport report in reports)
            error.WriteLine(report);
        return captions;
    }
}
