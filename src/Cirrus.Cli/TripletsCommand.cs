using System.CommandLine;
using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cirrus.Clip;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary>
/// <c>cirrus triplets captions.txt --model CLIP -o triplets.jsonl</c>: edits of captions by keywords, as CompoDiff's
/// data were made.
/// </summary>
internal static class TripletsCommand
{
    private const int TermsAtOnce = 1024;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Argument<string[]> Captions = new("captions")
    {
        Description = "files of captions: .txt, .tsv, .csv, .jsonl, each also .gz",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<string> Model = new("--model", "-m") { Description = ModelPlace.Description, Required = true };
    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "the file to write: JSON lines of caption, instruction, answer and back",
        Required = true,
    };
    private static readonly Option<string?> Column = new("--column") { Description = "the captions' column; else caption, text or prompt" };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "of terms, replacements and wordings", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> Likeness = new("--likeness")
    {
        Description = "LEAST,MOST: the cosines of two nouns between which one may take the other's place",
        DefaultValueFactory = _ => "0.5,0.7",
    };
    private static readonly Option<int?> Most = new Option<int?>("--most") { Description = "write at most so many, the first; else one of every caption that gives one" }.From(1);
    private static readonly Option<int> MinCount = new Option<int>("--min-count") { Description = "nouns that occur less often are left alone", DefaultValueFactory = _ => 2 }.From(1);
    private static readonly Option<string> OnDevice = DeviceOption.Create();

    public static Command Create()
    {
        Command command = new("triplets", "Make edits of captions: one noun for another that is a little like it, and words that ask for it, both ways.")
        {
            Captions, Model, Output, Column, Seed, Likeness, Most, MinCount, OnDevice,
        };
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples("triplets captions.txt -m vit-l-14 -o triplets.jsonl",
            "triplets laion.tsv.gz --column caption -m vit-l-14 -o triplets.jsonl --most 100000",
            "triplets captions.txt -m vit-l-14 -o triplets.jsonl --likeness 0.7,0.85 --min-count 5 --seed 2");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter error = args.InvocationConfiguration.Error;
        (float Least, float Most) likeness = Between(args.GetRequiredValue(Likeness));
        (CaptionCorpus captions, IReadOnlyList<CaptionFileReport> reports) = CaptionFiles.Read(args.GetRequiredValue(Captions),
            args.GetValue(Column));
        foreach (CaptionFileReport report in reports)
            error.WriteLine(report);
        IReadOnlyList<string> terms = KeywordTerms.Of(captions, args.GetValue(MinCount), stop);
        if (terms.Count < 2)
            throw new CirrusException($"{captions.Count:N0} captions name {terms.Count} nouns {args.GetValue(MinCount)} times or more.",
                hint: "give more captions, or --min-count 1");
        using Device device = Device.Open(args.GetRequiredValue(OnDevice));
        using ClipModel clip = ClipModel.Load(ModelPlace.Find(args.GetRequiredValue(Model), null), device);
        KeywordTriplets maker = new(terms, Features(clip, terms, error, stop), likeness);
        CaptionTriplet[] made = [.. maker.Of(captions, new Philox(args.GetValue(Seed), 0), stop).OfType<CaptionTriplet>()];
        string path = args.GetRequiredValue(Output);
        CaptionTriplet[] written = args.GetValue(Most) is int most ? [.. made.Take(Math.Max(most, 0))] : made;
        Write(path, written);
        error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{captions.Count:N0} captions, {terms.Count:N0} terms; {made.Length:N0} captions with a triplet"
            + $"{(written.Length < made.Length ? $", {written.Length:N0} of them written" : "")}"));
        if (made.Length == 0)
            error.WriteLine("no two nouns are as like as asked for: try another --likeness");
        args.InvocationConfiguration.Output.WriteLine(path);
        return ExitCode.Done;
    }

    /// <summary>Unit text features of the terms.</summary>
    private static List<float[]> Features(ClipModel clip, IReadOnlyList<string> terms, TextWriter error, CancellationToken stop)
    {
        using ClipEmbedder embedder = new(clip);
        Progress progress = new(error);
        List<float[]> features = [];
        foreach (string[] some in terms.Chunk(TermsAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            foreach (float[] row in embedder.EmbedTexts(some).Chunk(clip.Config.P))
            {
                TensorPrimitives.Divide(row, MathF.Max(TensorPrimitives.Norm<float>(row), 1e-12f), row);
                features.Add(row);
            }
            progress.Report(features.Count, terms.Count, "terms");
        }
        progress.End();
        return features;
    }

    private static void Write(string path, CaptionTriplet[] triplets)
    {
        using AtomicFile file = AtomicFile.Create(path);
        foreach (CaptionTriplet triplet in triplets)
        {
            using (Utf8JsonWriter json = new(file.Stream, Readable))
            {
                json.WriteStartObject();
                json.WriteString("caption", triplet.Caption);
                json.WriteString("instruction", triplet.Instruction);
                json.WriteString("answer", triplet.Answer);
                json.WriteString("back", triplet.Back);
                json.WriteEndObject();
            }
            file.Stream.WriteByte((byte)'\n');
        }
        file.Keep();
    }

    private static (float Least, float Most) Between(string text)
    {
        string[] parts = text.Split(',');
        return parts.Length == 2 && float.TryParse(parts[0], CultureInfo.InvariantCulture, out float least)
            && float.TryParse(parts[1], CultureInfo.InvariantCulture, out float most)
            && least >= -1 && most <= 1 && least <= most ? (least, most)
            : throw new CirrusException($"'{text}' is no pair of cosines.", hint: "the least and the most, from -1 to 1: --likeness 0.5,0.7");
    }
}
