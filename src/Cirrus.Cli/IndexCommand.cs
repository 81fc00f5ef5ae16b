using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cirrus.Clip;
using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary><c>cirrus index photos</c>: makes or refreshes a gallery.</summary>
internal static class IndexCommand
{
    private static readonly Argument<string> Folder = new("folder") { Description = "the folder of pictures; they are only read" };
    private static readonly Option<string?> Model = new("--model", "-m") { Description = ModelPlace.Description };
    private static readonly Option<string?> Gallery = new("--gallery", "-g") { Description = "the gallery's folder, instead of .cirrus among the pictures" };
    private static readonly Option<string[]> Exclude = new("--exclude") { Description = "leave out what matches (* and ?), as .cirrusignore does", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<bool> Hidden = new("--hidden") { Description = "also names that begin with a dot" };
    private static readonly Option<double> Megapixels = new("--max-megapixels") { Description = "larger pictures are refused", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> Batch = new("--batch") { Description = "pictures encoded at a time", DefaultValueFactory = _ => 32 };
    private static readonly Option<string> Upright = new("--orientation") { Description = "exif: turned as the camera says; stored: as published features are made", DefaultValueFactory = _ => "exif" };
    private static readonly Option<string?> Pad = PaddingOption.Create("as the gallery was made, else none");
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "only say what would be done" };
    private static readonly Option<bool> Rebuild = new("--rebuild") { Description = "encode everything again, with another model say; the old gallery stays until the new one is whole" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };
    private static readonly Option<string> On = new("--device") { Description = "auto or cpu", DefaultValueFactory = _ => "auto" };

    public static Command Create()
    {
        Command command = new("index", "Make or refresh the gallery of a folder; only what is new or changed is encoded.")
        {
            Folder, Model, Gallery, Exclude, Hidden, Megapixels, Batch, Upright, Pad, DryRun, Rebuild, Quiet, On,
        };
        Upright.AcceptOnlyFromAmong("exif", "stored");
        Batch.Validators.Add(result => Range(result, 1, 1024));
        Megapixels.Validators.Add(result => Range(result, 0.001, 10_000));
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples("index photos --model clip-vit-base-patch32", "index photos", "index photos --exclude \"*.gif\" thumbnails", "index photos --dry-run");
    }

    private static void Range(OptionResult result, double least, double most)
    {
        if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out double value) && !(value >= least && value <= most))
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{result.Option.Name} is from {least} to {most}."));
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        string root = args.GetRequiredValue(Folder);
        if (!Directory.Exists(root))
            throw new CirrusException($"There is no folder '{root}'.", hint: "check the path");
        string place = args.GetValue(Gallery) ?? Path.Combine(root, GalleryFolder.Name);
        error.WriteLine($"pictures in {root} are only read; the gallery is {place}");
        bool rebuild = args.GetValue(Rebuild) && GalleryFolder.IsOne(place);
        string building = rebuild ? place.TrimEnd('/', '\\') + ".new" : place;
        if (rebuild && Directory.Exists(building))
            Directory.Delete(building, recursive: true);
        EmbeddingSpace? before = SpaceOf(place);
        string model = ModelPlace.Find(args.GetValue(Model), before);
        using Device device = Device.Open(args.GetValue(On)!);
        using ClipModel clip = ClipModel.Load(model, device, PaddingOption.Read(args.GetValue(Pad), before is null ? Padding.None : Preprocessing.Parse(before.Preprocessing).Padding));
        EmbeddingSpace space = new(clip.Config.Name, clip.Fingerprint, ModelPlace.ForManifest(model), clip.Config.P, clip.Preprocessing.ToString(), args.GetValue(Upright)!);
        if (before is not null && !rebuild)
            Check(before, space, args, root);
        IndexOptions options = new(args.GetValue(Exclude) ?? [], args.GetValue(Megapixels), args.GetValue(Batch), DryRun: args.GetValue(DryRun), Hidden: args.GetValue(Hidden));
        if (options.DryRun && (before is null || rebuild))
            return Would(output, PictureFiles.Under(root, options.Exclude, options.Hidden).Count());
        IndexSummary done;
        using (GalleryFolder gallery = before is null || rebuild ? GalleryFolder.Create(building, root, space) : GalleryFolder.Open(place, forWriting: true))
        {
            Progress progress = new(args.GetValue(Quiet) ? TextWriter.Null : error);
            done = new Indexer(gallery, clip, options).Run(p => progress.Report(p.Done, p.Total, "pictures"), stop);
            progress.End();
        }
        foreach (GalleryProblem problem in done.Unreadable)
            error.WriteLine($"unreadable: {problem.Reason}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{done.New} new, {done.Changed} changed, {done.Moved} moved, {done.Gone} gone, {done.Unchanged} unchanged, {done.Unreadable.Count} unreadable"));
        if (done.Interrupted)
        {
            error.WriteLine(rebuild ? $"stopped; {place} is as it was" : $"stopped; what is done is kept, go on with: cirrus index {root}");
            return ExitCode.Interrupted;
        }
        if (rebuild)
            Swap(place, building, sameModel: before!.Fingerprint == space.Fingerprint);
        return ExitCode.Done;
    }

    private static int Would(TextWriter output, int pictures)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pictures} new"));
        return ExitCode.Done;
    }

    private static EmbeddingSpace? SpaceOf(string place)
    {
        if (!GalleryFolder.IsOne(place))
            return null;
        using GalleryFolder gallery = GalleryFolder.Open(place);
        return gallery.Space;
    }

    private static void Check(EmbeddingSpace known, EmbeddingSpace asked, ParseResult args, string root)
    {
        if (known.Fingerprint != asked.Fingerprint)
            throw new CirrusException($"The gallery was made with {known.Model} ({known.Fingerprint}), but the model is {asked.Model} ({asked.Fingerprint}).",
                hint: $"vectors of two models cannot be mixed; encode everything again: cirrus index {root} --rebuild --model {args.GetValue(Model) ?? "PATH"}");
        if (known.Preprocessing != asked.Preprocessing)
            throw new CirrusException($"The gallery's pictures were prepared as '{known.Preprocessing}', these would be as '{asked.Preprocessing}'.",
                hint: $"such vectors cannot be mixed; encode everything again: cirrus index {root} --rebuild");
        if (args.GetResult(Upright) is { Implicit: false } && known.Orientation != asked.Orientation)
            throw new CirrusException($"The gallery takes pictures as '{known.Orientation}', not '{asked.Orientation}'.", hint: $"encode everything again: cirrus index {root} --rebuild");
    }

    /// <summary>The new gallery in the old one's place; at every moment one of them is whole.</summary>
    private static void Swap(string place, string building, bool sameModel)
    {
        string old = place.TrimEnd('/', '\\') + ".old";
        if (Directory.Exists(old))
            Directory.Delete(old, recursive: true);
        Directory.Move(place, old);
        Directory.Move(building, place);
        string methods = Path.Combine(old, Retriever.MethodsFolder);
        if (sameModel && Directory.Exists(methods))
            Directory.Move(methods, Path.Combine(place, Retriever.MethodsFolder));
        Directory.Delete(old, recursive: true);
    }
}
