using System.CommandLine;
using System.Globalization;
using Cirrus.Gallery;

namespace Cirrus.Cli;

/// <summary><c>cirrus gallery verify photos</c>: is every file of a gallery what was written?</summary>
internal static class GalleryVerifyCommand
{
    private static readonly Argument<string> Place = new("gallery") { Description = "a gallery, or a folder that has one" };
    private static readonly Option<bool> Repair = new("--repair") { Description = "take what is damaged out, and the next index encodes those pictures again; codes are made again from their rows" };

    public static Command Create()
    {
        Command command = new("verify", "Check every file of a gallery: checksums, shapes, numbers.") { Place, Repair };
        command.SetAction(args =>
        {
            (TextWriter output, TextWriter error) = (args.InvocationConfiguration.Output, args.InvocationConfiguration.Error);
            string folder = GalleryFolder.Named(args.GetRequiredValue(Place));
            bool repair = args.GetValue(Repair);
            GalleryCheck found = repair ? GalleryCheck.Repair(folder) : GalleryCheck.Run(folder);
            foreach (GalleryDamage damage in found.Damage)
                output.WriteLine($"damaged: {damage.File}: {damage.What}");
            if (found.Unchecked > 0)
                error.WriteLine(Text($"{found.Unchecked} files have no checksum: they were written by a cirrus of before; gallery compact writes them anew"));
            output.WriteLine(Text($"{found.Pictures} pictures in {found.Segments} segments, {found.Damage.Count} damaged"));
            if (found.Damage.Count == 0)
                return ExitCode.Done;
            bool lost = found.Damage.Any(d => !d.Derived);
            error.WriteLine((repair, lost) switch
            {
                (true, true) => "what was damaged is out; encode its pictures again: cirrus index FOLDER",
                (true, false) => "what was damaged is made again from the rows; no picture is lost",
                (false, true) => "hint: cirrus gallery verify --repair takes what is damaged out; cirrus index encodes its pictures again",
                (false, false) => "hint: cirrus gallery verify --repair makes it again from the rows; no picture is lost, and searches pass over it meanwhile",
            });
            return repair ? ExitCode.Done : ExitCode.UserError;
        });
        return command.WithExamples("gallery verify photos", "gallery verify photos --repair");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
