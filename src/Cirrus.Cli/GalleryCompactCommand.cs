using System.CommandLine;
using System.Globalization;
using Cirrus.Gallery;

namespace Cirrus.Cli;

/// <summary><c>cirrus gallery compact photos</c>: rows of pictures that are gone leave the disk.</summary>
internal static class GalleryCompactCommand
{
    private static readonly Argument<string> Place = new("gallery") { Description = "a gallery, or a folder that has one" };

    public static Command Create()
    {
        Command command = new("compact", "Write a gallery's files anew, few and without rows of pictures that are gone; vectors and ids stay.")
        {
            Place,
        };
        command.SetAction(args =>
        {
            using GalleryWriter gallery = GalleryWriter.Open(GalleryFolder.Named(args.GetRequiredValue(Place)));
            (int rows, int segments) = (gallery.Dead, gallery.Segments);
            gallery.Compact();
            args.InvocationConfiguration.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{gallery.Count} pictures, {rows} rows removed, {segments} segments became {gallery.Segments}"));
            return ExitCode.Done;
        });
        return command.WithExamples("gallery compact photos");
    }
}
