using System.Text.RegularExpressions;
using Cirrus.Tensors;

namespace Cirrus.Gallery;

/// <summary>Removes what writers that were killed have left in a gallery's folder. Only who holds the lock may.</summary>
internal static partial class GallerySweep
{
    private const string Methods = "methods";

    /// <summary>Deletes files of ours that neither manifest names; files of others stay.</summary>
    /// <param name="manifest">null: no file of ours counts.</param>
    /// <param name="rebuilding">the manifest of a rebuild that has begun, or null.</param>
    public static void Run(string folder, GalleryManifest? manifest, GalleryManifest? rebuilding)
    {
        HashSet<string> named = [.. new[] { manifest, rebuilding }.OfType<GalleryManifest>().SelectMany(Names)];
        foreach (string path in Directory.GetFiles(folder))
        {
            string file = Path.GetFileName(path);
            bool ours = file.EndsWith(".tmp", StringComparison.Ordinal) ? OfWriting().IsMatch(file)
                || file.StartsWith("manifest.json", StringComparison.Ordinal)
                || file.StartsWith(GalleryFiles.Rebuild, StringComparison.Ordinal) : OfWriting().IsMatch(file);
            if ((ours && (file.EndsWith(".tmp", StringComparison.Ordinal) || !named.Contains(Stem(file))))
                || (file == GalleryFiles.Rebuild && rebuilding is null))
                TryDelete(path);
        }
        if (manifest is not null && Aside(folder, manifest.Space.Fingerprint) is var aside && Directory.Exists(aside)
            && !Directory.Exists(Path.Combine(folder, Methods)))
            Directory.Move(aside, Path.Combine(folder, Methods));
    }

    /// <summary>The manifest of a rebuild that has begun; null when there is none, or none that can be read.</summary>
    public static GalleryManifest? Rebuilding(string folder)
    {
        try
        {
            return File.Exists(Path.Combine(folder, GalleryFiles.Rebuild)) ? GalleryFiles.ReadManifest(folder, GalleryFiles.Rebuild) : null;
        }
        catch (CirrusException)
        {
            return null;
        }
    }

    /// <summary>Trained weights fit one model only; they wait under its fingerprint until the gallery is of that model again.</summary>
    public static void PutMethodsAside(string folder, string fingerprint)
    {
        if (Directory.Exists(Path.Combine(folder, Methods)) && !Directory.Exists(Aside(folder, fingerprint)))
            Directory.Move(Path.Combine(folder, Methods), Aside(folder, fingerprint));
    }

    /// <summary>A file that somebody has open stays where systems forbid its deletion, until the next sweep.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static string Aside(string folder, string fingerprint) => Path.Combine(folder, $"{Methods}-{fingerprint}");

    private static IEnumerable<string> Names(GalleryManifest manifest) => manifest.Files.Select(Stem);

    private static string Stem(string file) => file.Split('.')[0];

    /// <summary>Segments (also of former versions) with whatever belongs to them, and the lists beside them.</summary>
    [GeneratedRegex(@"^(s[0-9]{8,}(-[0-9]+)?|[0-9]{10}|(moved|gone|problems)-[0-9]+)\.")]
    private static partial Regex OfWriting();
}
