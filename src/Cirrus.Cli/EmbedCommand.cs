using System.CommandLine;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary>What is to become a vector: a text, ids, or a picture's file.</summary>
internal sealed record EmbedInput(string? Text = null, int[]? Ids = null, string? Picture = null);

/// <summary>
/// <c>cirrus embed --model clip "two dogs on a beach"</c>: CLIP's vectors for other programs; texts first, then ids,
/// then pictures.
/// </summary>
internal static class EmbedCommand
{
    private const int Part = 1024, PicturePart = 32;

    private static readonly Argument<string[]> Texts = new("text") { Description = "texts, one vector each", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string> Model = new("--model", "-m") { Description = ModelPlace.Description, Required = true };
    private static readonly Option<FileInfo?> TextFile = new("--texts") { Description = "a file with a text a line" };
    private static readonly Option<FileInfo?> IdFile = new("--ids")
    {
        Description = "a file with token ids, a caption a line, start and end token included",
    };
    private static readonly Option<string[]> Pictures = new("--image", "-i") { Description = "pictures", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> Upright = new("--orientation")
    {
        Description = "of pictures. stored: as published features are made; exif: turned as the camera says",
        DefaultValueFactory = _ => "stored",
    };
    private static readonly Option<string?> Pad = PaddingOption.Create("none unless said");
    private static readonly Option<bool> Raw = new("--raw") { Description = "vectors as the towers give them, not scaled to unit length" };
    private static readonly Option<string> Format = new("--format")
    {
        Description = "jsonl, or npy (which needs --output)",
        DefaultValueFactory = _ => "jsonl",
    };
    private static readonly Option<FileInfo?> Output = new("--output", "-o") { Description = "the file to write instead of the terminal" };
    private static readonly Option<string> On = DeviceOption.Create();

    public static Command Create()
    {
        Command command = new("embed", "Turn texts and pictures into CLIP's vectors, for other programs.")
        {
            Texts, Model, TextFile, IdFile, Pictures, Upright, Pad, Raw, Format, Output, On,
        };
        Format.AcceptOnlyFromAmong("jsonl", "npy");
        Upright.AcceptOnlyFromAmong("stored", "exif");
        command.Validators.Add(result =>
        {
            if (result.GetValue(Format) == "npy" && result.GetValue(Output) is null)
                result.AddError("--format npy needs a file: -o vectors.npy");
        });
        command.SetAction(args => Run(args,
            Inputs(args.GetValue(Texts) ?? [], args.GetValue(TextFile), args.GetValue(IdFile), args.GetValue(Pictures) ?? [])));
        return command.WithExamples("embed -m vit-b-32 \"two dogs on a beach\"",
            "embed -m vit-b-32 --texts captions.txt --format npy -o captions.npy",
            "embed -m vit-b-32 --raw --ids ids.txt", "embed -m vit-b-32 -i cat.jpg dog.png");
    }

    private static int Run(ParseResult args, List<EmbedInput> inputs)
    {
        TextWriter error = args.InvocationConfiguration.Error;
        if (inputs.Count == 0)
            throw new CirrusException("There is nothing to embed.", hint: "give texts, -i PICTURE, --texts FILE or --ids FILE");
        using Device device = Device.Open(args.GetRequiredValue(On));
        using ClipModel clip = ClipModel.Load(ModelPlace.Find(args.GetRequiredValue(Model), null), device, PaddingOption.Read(args.GetValue(Pad)));
        using ClipEmbedder embedder = new(clip);
        foreach (EmbedInput input in inputs)
            Check(input, clip.Config.Text);
        int cut = 0;
        if (args.GetValue(Output) is FileInfo file)
        {
            using AtomicFile to = AtomicFile.Create(file.FullName);
            using (StreamWriter lines = new(to.Stream, leaveOpen: true))
                cut = Embed(args.GetValue(Format) == "npy" ? VectorWriter.Npy(to.Stream, inputs.Count, clip.Config.P) : VectorWriter.Json(lines));
            to.Keep();
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{inputs.Count} vectors of {clip.Config.P} numbers in {file.FullName}"));
        }
        else
        {
            cut = Embed(VectorWriter.Json(args.InvocationConfiguration.Output));
        }
        if (cut > 0)
            error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{cut} of {inputs.Count} texts had more than {clip.Config.Text.Context} tokens and were cut"));
        return ExitCode.Done;

        int Embed(VectorWriter writer)
        {
            int truncated = 0;
            foreach (EmbedInput[] part in inputs.Where(i => i.Picture is null).Chunk(Part))
            {
                int[][] ids = new int[part.Length][];
                for (int i = 0; i < ids.Length; i++)
                {
                    bool wasCut = false;
                    ids[i] = part[i].Ids ?? clip.Tokenizer.Encode(part[i].Text!, out wasCut);
                    truncated += wasCut ? 1 : 0;
                }
                Write(writer, part, embedder.EmbedTokens(ids));
            }
            PictureInput reader = new(clip.Preprocessing, Enum.Parse<Orientation>(args.GetRequiredValue(Upright), ignoreCase: true));
            foreach (EmbedInput[] part in inputs.Where(i => i.Picture is not null).Chunk(PicturePart))
                Write(writer, part, embedder.EmbedImages([.. part.Select(i => (ReadOnlyMemory<float>)reader.Read(i.Picture!))]));
            return truncated;
        }

        void Write(VectorWriter writer, EmbedInput[] part, float[] features)
        {
            for (int i = 0; i < part.Length; i++)
            {
                Span<float> vector = features.AsSpan(i * clip.Config.P, clip.Config.P);
                if (!args.GetValue(Raw))
                    Scale(vector);
                writer.Write(part[i], vector);
            }
        }
    }

    private static List<EmbedInput> Inputs(string[] texts, FileInfo? textFile, FileInfo? idFile, string[] pictures) =>
    [
        .. texts.Select(t => new EmbedInput(t)),
        .. Lines(textFile).Select(t => new EmbedInput(t)),
        .. Lines(idFile).Select((line, i) => new EmbedInput(Ids: ParseIds(line, idFile!.Name, i + 1))),
        .. pictures.Select(p => new EmbedInput(Picture: p)),
    ];

    private static string[] Lines(FileInfo? file)
    {
        try
        {
            return file is null ? [] : File.ReadAllLines(file.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{file!.FullName}' cannot be read: {e.Message}", hint: "check the path", e);
        }
    }

    private static int[] ParseIds(string line, string file, int number)
    {
        string[] parts = line.Split([' ', ',', '\t', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
        int[] ids = new int[parts.Length];
        for (int i = 0; i < ids.Length; i++)
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i]))
                throw new CirrusException($"Line {number} of '{file}' is not a list of token ids: '{parts[i]}'.",
                    hint: "write ids as: 49406 320 1125 49407");
        return ids.Length > 0 ? ids : throw new CirrusException($"Line {number} of '{file}' is empty.", hint: "write ids as: 49406 320 1125 49407");
    }

    private static void Check(EmbedInput input, TextConfig text)
    {
        if (input.Ids is int[] ids && (ids.Length > text.Context || ids.Max() >= text.Vocabulary))
            throw new CirrusException($"{ids.Length} ids up to {ids.Max()} do not fit the model.",
                hint: $"it reads at most {text.Context} ids below {text.Vocabulary}");
    }

    /// <summary>x / max(‖x‖₂, 1e-12).</summary>
    private static void Scale(Span<float> x)
    {
        double square = 0;
        foreach (float v in x)
            square += (double)v * v;
        double norm = Math.Max(Math.Sqrt(square), 1e-12);
        foreach (ref float v in x)
            v = (float)(v / norm);
    }
}
