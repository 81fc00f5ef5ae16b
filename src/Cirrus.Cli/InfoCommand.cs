using System.CommandLine;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Hub;
using Cirrus.Methods;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Cli;

/// <summary><c>cirrus info PATH</c>: what a model, a file of tensors, a gallery or a run is, without loading it.</summary>
internal static class InfoCommand
{
    private static readonly Argument<string?> Place = new("what")
    {
        Description = "a model's folder or file, a file of tensors, a gallery, a run's folder, or the name of a method",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<bool> Tensors = new("--tensors") { Description = "list every tensor of a model's file" };
    private static readonly Option<bool> Problems = new("--problems")
    {
        Description = "list the pictures of a gallery that could not be read",
    };
    private static readonly Option<bool> Config = new("--config")
    {
        Description = "list every setting of cirrus serve, its value and where it came from",
    };
    private static readonly Option<bool> Json = new("--json") { Description = "print one JSON object instead of lines" };

    public static Command Create()
    {
        Command command = new("info", "Say what a model, a file of tensors, a gallery, a training run or a method is.")
        {
            Place, Tensors, Problems, Config, Json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Place) is null && !result.GetValue(Config))
                result.AddError("Nothing is named: info WHAT, or info --config.");
        });
        command.SetAction(args =>
        {
            TextWriter output = args.InvocationConfiguration.Output;
            (string Name, string Value)[] facts = args.GetValue(Place) is string place
                ? [.. Describe(place, args.GetValue(Tensors), args.GetValue(Problems))] : [];
            if (args.GetValue(Json))
            {
                JsonText.WriteObject(output, json =>
                {
                    JsonText.WriteFacts(json, facts);
                    if (args.GetValue(Config))
                        ConfigText.Write(json);
                });
                return ExitCode.Done;
            }
            if (args.GetValue(Config))
                ConfigText.Write(output);
            foreach ((string name, string value) in facts)
                output.WriteLine($"{name,-16}{value}");
            return ExitCode.Done;
        });
        return command.WithExamples("info vit-b-32", "info runs/lincir", "info phi.safetensors",
            "info photos --problems", "info lincir", "info --config", "info photos --json");
    }

    private static IEnumerable<(string Name, string Value)> Describe(string path, bool tensors, bool problems)
    {
        if (!Path.Exists(path))
            return Named(path, tensors, problems)
                ?? throw new CirrusException($"There is nothing at '{path}', and no method has that name.",
                    hint: "check the path");
        if (Gallery(path) is string gallery)
            return OfGallery(gallery, problems);
        if (RunFolder.Exists(path))
            return OfRun(path);
        if (!ClipCheckpoint.IsOne(path))
            return Directory.Exists(path) || PictureFiles.Looks(path) ? throw Unknown(path) : OfFile(path);
        ClipCheckpoint clip = ClipCheckpoint.Inspect(path);
        return OfClip(clip).Concat(tensors ? OfFile(clip.File) : []);
    }

    /// <summary>What is no path but a name: a method, the model that ships, or a known model; null: none of these.</summary>
    private static IEnumerable<(string, string)>? Named(string name, bool tensors, bool problems)
    {
        if (Method.All.FirstOrDefault(m => m.Name == name || m.Also.Contains(name)) is Method method)
            return OfMethod(method);
        if (name == ModelPlace.Shipped)
            return OfClip(ClipCheckpoint.Inspect(ModelPlace.Find(name, null)));
        return KnownModel.Find(name) is not null && ModelPlace.FindWeights(name) is string known
            ? Describe(known, tensors, problems) : null;
    }

    private static CirrusException Unknown(string path) => Directory.Exists(path)
        ? new($"'{path}' is no model, gallery or run.", hint: "name the folder that holds model.safetensors, .cirrus or run.json")
        : new($"'{path}' is a picture.",
            hint: "name a model, a file of tensors, a gallery, a run or a method; embed says a picture's vector");

    private static IEnumerable<(string, string)> OfClip(ClipCheckpoint clip)
    {
        (TextConfig text, VisionConfig vision) = (clip.Config.Text, clip.Config.Vision);
        yield return ("model", clip.Config.Name);
        yield return ("layout", clip.Layout);
        yield return ("file", clip.File);
        yield return ("joint size", Text($"{clip.Config.P}"));
        yield return ("text tower", Text($"width {text.Width}, {text.Layers} layers, {text.Heads} heads, ")
            + Text($"MLP {text.Mlp}, {text.Context} tokens, vocabulary {text.Vocabulary}, {text.Activation}"));
        yield return ("image tower", Text($"width {vision.Width}, {vision.Layers} layers, {vision.Heads} heads, ")
            + Text($"MLP {vision.Mlp}, patch {vision.Patch}, pictures {vision.ImageSize}x{vision.ImageSize}, ")
            + $"{vision.Activation}");
        string parts = Text($"(text {clip.TextParameters:N0}, image {clip.VisionParameters:N0})");
        yield return ("parameters", Text($"{clip.Parameters:N0} {parts}"));
        yield return ("stored as", clip.Stored.Count == 1 ? $"{clip.Stored.First().Key}"
            : string.Join(", ", clip.Stored.Select(s => Text($"{s.Key} {s.Value:N0}"))));
        yield return ("tokenizer", clip.Vocabulary is string file ? Path.GetFileName(file)
            : "missing: put vocab.json and merges.txt beside the weights");
        foreach ((string key, string value) in clip.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            yield return (key, Short(value));
    }

    private static IEnumerable<(string, string)> OfFile(string path)
    {
        using TensorFile file = TensorFile.Open(path);
        yield return ("file", file.Path);
        yield return ("tensors", Text($"{file.Tensors.Count:N0} ({file.Tensors.Values.Sum(t => t.Count):N0} numbers)"));
        foreach ((string key, string value) in file.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            yield return (key, Short(value));
        foreach (StoredTensor t in file.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
            yield return ($"{t.Type}", $"{t.Name} [{string.Join(", ", t.Shape)}]");
    }

    private static string? Gallery(string path) =>
        new[] { path, Path.Combine(path, GalleryFolder.Name) }.FirstOrDefault(GalleryFolder.IsOne);

    private static IEnumerable<(string, string)> OfGallery(string folder, bool problems)
    {
        using GalleryFolder gallery = GalleryFolder.Open(folder);
        yield return ("gallery", gallery.Folder);
        yield return ("pictures of", gallery.Root);
        yield return ("pictures", Text($"{gallery.Count:N0}"));
        yield return ("unreadable", Text($"{gallery.Problems.Count:N0}"));
        yield return ("model", $"{gallery.Space.Model} ({gallery.Space.Fingerprint})");
        yield return ("model's place", gallery.Space.ModelPath ?? "ships with cirrus");
        yield return ("joint size", Text($"{gallery.Space.P}"));
        yield return ("preprocessing", $"{gallery.Space.Preprocessing}, orientation {gallery.Space.Orientation}");
        foreach (GalleryProblem problem in problems ? gallery.Problems : [])
            yield return ("unreadable", problem.Reason);
    }

    private static IEnumerable<(string, string)> OfMethod(Method method)
    {
        yield return ("method", method.Name);
        if (method.Also.Count > 0)
            yield return ("also called", string.Join(", ", method.Also));
        yield return ("what it does", method.Summary);
        string weights = !method.NeedsWeights ? "none"
            : method.Training is null ? "needed" : $"trained: cirrus train {method.Name}";
        yield return ("weights", weights);
        if (method.Training is { } training)
            yield return ("learns from", training.LearnsFrom);
        if (method.Training is { StartsFrom: true })
            yield return ("starts from", "random numbers, or a trained network: --from");
        yield return ("--image-weight", method.ImageWeightMeaning);
        yield return ("pictures", method.PicturesMeaning);
        yield return ("--without", method.WithoutMeaning);
        if (method.WritesSentences)
            yield return ("sentences", "the papers' prompt unless --prompts, --anchored or --gap-shift say otherwise; "
                + "a $ in the words is the picture's place");
    }

    private static IEnumerable<(string, string)> OfRun(string path)
    {
        RunInfo run = RunFolder.ReadInfo(path);
        yield return ("run", Path.GetFullPath(path));
        yield return ("method", run.Method);
        yield return ("started", run.Started);
        yield return ("cirrus", $"{run.Cirrus} on {run.Runtime}");
        foreach ((string key, string value) in run.Inputs)
            yield return (key, value);
        yield return ("options", run.Options.GetRawText());
        foreach (string file in Directory.EnumerateFiles(path, "*.safetensors").Order(StringComparer.Ordinal))
        {
            using TensorFile tensors = TensorFile.Open(file);
            yield return (Path.GetFileName(file), tensors.Metadata.TryGetValue("step", out string? step)
                ? $"step {step}" : Text($"{tensors.Tensors.Count} tensors"));
        }
    }

    /// <summary>Metadata may be whole programs' worth of text; a line says enough.</summary>
    private static string Short(string value)
    {
        string line = value.ReplaceLineEndings(" ");
        return line.Length <= 200 ? line : line[..200] + " ...";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
