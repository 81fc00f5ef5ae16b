using System.CommandLine;

namespace Cirrus.Cli;

/// <summary><c>cirrus gallery</c>: what can be done to galleries as they are, without a model.</summary>
internal static class GalleryCommand
{
    public static Command Create() => new("gallery", "Merge, check and tidy galleries, copy them into databases and back; nothing is encoded.")
    {
        GalleryMergeCommand.Create(),
        GalleryVerifyCommand.Create(),
        GalleryCompactCommand.Create(),
        GalleryExportCommand.Create(),
        GalleryImportCommand.Create(),
    };
}
