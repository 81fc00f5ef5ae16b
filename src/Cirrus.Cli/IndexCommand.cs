using System.CommandLine;
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
    private static readonly Option<string?> Gallery = new("--gallery", "-g")
    {
        Description = "the gallery's folder, instead of .cirrus among the pictures",
    };
    private static readonly Option<string[]> Exclude = new("--exclude")
    {
        Description = "leave out what matches, as a line of .cirrusignore does (*, ?, **); kept until others are given, or \"\"",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<bool?> Hidden = new("--hidden") { Description = "also names that begin with a dot; kept until --hidden false" };
    private static readonly Option<double> Megapixels = new Option<double>("--max-megapixels") { Description = "larger pictures are refused", DefaultValueFactory = _ => 100 }.From(0.001, 10_000);
    private static readonly Option<int> Batch = new Option<int>("--batch") { Description = "pictures encoded at a time", DefaultValueFactory = _ => 32 }.From(1, 1024);
    private static readonly Option<string> Upright = new("--orientation")
    {
        Description = "exif: turned as the camera says; stored: as published features are made",
        DefaultValueFactory = _ => "exif",
    };
    private static readonly Option<string?> Pad = PaddingOption.Create("as the gallery was made, else none");
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "only say what would be done" };
    private static readonly Option<bool> Rebuild = new("--rebuild")
    {
        Description = "encode everything again, with another model say; the old gallery stays until the new one is whole",
    };
    private static readonly Option<string?> Shard = new("--shard")
    {
        Description = "only part i of n of the pictures, 0/8 to 7/8, into a gallery of its own (-g); cirrus gallery merge makes one of all",
    };
    private static readonly Option<bool?> Links = new("--follow-links") { Description = "also what symbolic links lead to; kept until --follow-links false" };
    private static readonly Option<int> Jobs = new Option<int>("--jobs", "-j") { Description = "pictures decoded at a time; 0: one a core", DefaultValueFactory = _ => 0 }.From(0, 1024);
    private static readonly Option<double> Checkpoint = new Option<double>("--checkpoint") { Description = "seconds after which what is encoded is saved", DefaultValueFactory = _ => 10 }.From(0, 3600);
    private static readonly Option<bool> Watch = new("--watch") { Description = "go on: index whatever changes, until Ctrl-C" };
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "say what is saved" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress" };
    private static readonly Option<string> On = DeviceOption.Create();

    public static Command Create()
    {
        Command command = new("index", "Make or refresh the gallery of a folder; only what is new or changed is encoded.")
        {
            Folder, Model, Gallery, Exclude, Hidden, Megapixels, Batch, Upright, Pad, Shard, Links, Jobs, Checkpoint, DryRun,
            Rebuild, Watch, Quiet, Verbose, On,
        };
        Upright.AcceptOnlyFromAmong("exif", "stored");
        command.SetAction((args, stop) => Task.Run(() => Run(args, stop), CancellationToken.None));
        return command.WithExamples("index photos", "index photos --model vit-l-14",
            "index photos --exclude \"*.gif\" thumbnails", "index photos --dry-run", "index photos --watch",
            "index photos --shard 0/8 -g parts/0");
    }

    private static int Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        string root = args.GetRequiredValue(Folder);
        if (File.Exists(root))
            throw new CirrusException($"'{root}' is a file, not a folder.",
                hint: $"name the folder that it is in: cirrus index {(Path.GetDirectoryName(root) is { Length: > 0 } within ? within : ".")}");
        if (!Directory.Exists(root))
            throw new CirrusException($"There is no folder '{root}'.", hint: "check the path");
        IndexShard? shard = args.GetValue(Shard) is string part ? IndexShard.Parse(part) : null;
        if (shard is not null && args.GetValue(Gallery) is null)
            throw new CirrusException("A part of a folder needs a gallery of its own.",
                hint: $"name it: -g parts/{shard.Index}; then: cirrus gallery merge parts/* -o {Path.Combine(root, GalleryFolder.Name)}");
        string place = args.GetValue(Gallery) ?? GalleryPlace.Of(root);
        (EmbeddingSpace? before, PictureChoice kept) = KnownOf(place);
        bool rebuild = args.GetValue(Rebuild) && before is not null;
        string? asked = args.GetValue(Model);
        if (asked is not null || before is null)
            asked = FirstModel.AtTerminal(error).FindAsync(asked, stop).GetAwaiter().GetResult();
        string model = ModelPlace.Find(asked, before);
        error.WriteLine($"pictures in {root} are only read; the gallery is {place}");
        if (place == GalleryPlace.Elsewhere(root))
            error.WriteLine("the pictures' folder cannot be written, so the gallery is kept in your own data");
        using Device device = Device.Open(args.GetValue(On)!);
        using ClipModel clip = ClipModel.Load(model, device, PaddingOption.Read(args.GetValue(Pad),
            before is null ? Padding.None : Preprocessing.Parse(before.Preprocessing).Padding));
        EmbeddingSpace space = new(clip.Config.Name, clip.Fingerprint, ModelPlace.ForManifest(model), clip.Config.P,
            clip.Preprocessing.ToString(), args.GetValue(Upright)!);
        if (before is not null && !rebuild)
            Check(before, space, args, root);
        IndexOptions options = new(args.GetResult(Exclude) is null ? null : [.. args.GetValue(Exclude)!.Where(line => line.Length > 0)],
            args.GetValue(Megapixels), args.GetValue(Batch), args.GetValue(Checkpoint), args.GetValue(DryRun),
            args.GetValue(Hidden), args.GetValue(Links), args.GetValue(Jobs));
        PictureChoice choice = options.Choose(kept);
        if (choice != PictureChoice.Usual)    // also what was said in a run before
            error.WriteLine($"looking {choice}");
        if (options.DryRun && (before is null || rebuild))
            return Would(output, PictureFiles.Under(root, choice).Count(f => shard is null || shard.Has(f.Path)));
        using GalleryWriter gallery = rebuild ? GalleryWriter.Rebuild(place, space)
            : before is null ? GalleryWriter.Create(place, root, space, shard?.ToString())
            : GalleryWriter.Open(place);
        if (gallery.Shard != shard?.ToString() && (shard is not null || args.GetResult(Shard) is { Implicit: false }))
            throw new CirrusException(
                $"The gallery is of {(gallery.Shard is string s ? $"part {s}" : "all pictures")}, not of part {shard}.",
                    hint: "give each part a gallery of its own: -g FOLDER");
        if (gallery.Rebuilding is { } begun)
            error.WriteLine(
                $"a rebuild with {begun.Model} has begun and not ended; go on with it: {CommandName.Typed} index {root} "
                    + $"--rebuild --model {begun.ModelPath ?? ModelPlace.Shipped}");
        IndexRun run = new(gallery, clip, options, error, args.GetValue(Quiet), args.GetValue(Verbose));
        IndexSummary done = run.Once(stop);
        IndexRun.Say(output, done);
        if (!done.Interrupted && done.New + done.Changed + done.Moved + done.Gone + done.Unchanged + done.Unreadable.Count == 0)
            error.WriteLine(
                $"no picture was found in {root} or below: names that end in .jpg, .png, .webp, .gif, .tif, .heic, .avif and "
                    + $"the like are looked for");
        if (done.Interrupted)
        {
            error.WriteLine(rebuild ? $"stopped; the gallery is as it was, go on with: {CommandName.Typed} index {root} --rebuild --model {model}"
                : $"stopped; what is done is kept, go on with: {CommandName.Typed} index {root}");
            return ExitCode.Interrupted;
        }
        if (rebuild && !options.DryRun)
            gallery.Finish();
        return args.GetValue(Watch) && !options.DryRun ? run.Watch(output, stop) : ExitCode.Done;
    }

    private static int Would(TextWriter output, int pictures)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pictures} new"));
        return ExitCode.Done;
    }

    private static (EmbeddingSpace? Space, PictureChoice Choice) KnownOf(string place)
    {
        if (!GalleryFolder.IsOne(place))
            return (null, PictureChoice.Usual);
        using GalleryFolder gallery = GalleryFolder.Open(place);
        return (gallery.Space, gallery.Choice);
    }

    private static void Check(EmbeddingSpace known, EmbeddingSpace asked, ParseResult args, string root)
    {
        if (known.Fingerprint != asked.Fingerprint)
            throw new CirrusException(
                $"The gallery was made with {known.Model} ({known.Fingerprint}), but the model is {asked.Model} ({asked.Fingerprint}).",
                hint: $"vectors of two models cannot be mixed; encode everything again: cirrus index {root} --rebuild --model "
                    + $"{args.GetValue(Model) ?? "PATH"}");
        if (known.Preprocessing != asked.Preprocessing)
            throw new CirrusException($"The gallery's pictures were prepared as '{known.Preprocessing}', these would be as '{asked.Preprocessing}'.",
                hint: $"such vectors cannot be mixed; encode everything again: cirrus index {root} --rebuild");
        if (args.GetResult(Upright) is { Implicit: false } && known.Orientation != asked.Orientation)
            throw new CirrusException($"The gallery takes pictures as '{known.Orientation}', not '{asked.Orientation}'.",
                hint: $"encode everything again: cirrus index {root} --rebuild");
    }
}
