using System.Security.Cryptography;
using System.Text;
using Cirrus.Clip;
using Cirrus.Imaging;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>Examples that files name, bound to pictures on disk or to features of them: what CompoDiff learns from.</summary>
/// <remarks>Examples whose pictures, masks or features are not there are left out and told.</remarks>
public static class TrainingExamples
{
    private const int Listed = 5;

    /// <summary>
    /// The pictures and masks are found below folders by name, as <see cref="TrainingPictures.Named"/> finds them;
    /// pictures are read as they are stored.
    /// </summary>
    /// <param name="report">told of examples that are left out.</param>
    /// <exception cref="CirrusException">A place is not there, a name is that of several pictures, or no example is left.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static DiffusionSet OfPictures(IReadOnlyList<NamedExample> named, IReadOnlyList<string> places, Preprocessing preprocessing,
        Action<string>? report = null, CancellationToken stop = default)
    {
        NamedExample[] plain = [.. named.Select(e => e with { Hidden = null })];        // what is left of a picture is read of the picture
        (PictureSet whole, IReadOnlyDictionary<string, int> at) = TrainingPictures.Named(places, plain.SelectMany(Names), preprocessing);
        Dictionary<string, string> files = MaskFiles(plain, places, preprocessing);
        PictureInput input = new(preprocessing, Orientation.Stored);
        HiddenParts parts = HiddenParts.Of(plain, example => at.TryGetValue(example.Target, out int place)
            && MaskOf(example.Mask!, files) is PictureMask mask ? new(place, mask, default, -1) : null);
        parts.Read(part => input.ReadMasked(whole.Names[part.Picture], part.Mask).Mask, part => whole.Names[part.Picture], report, stop);
        IReadOnlyList<HiddenPart> hidden = parts.Kept;
        PictureSet pictures = hidden.Count == 0 ? whole : new(
            [.. whole.Names, .. hidden.Select(p =>
                $"{whole.Names[p.Picture]} without {(p.Mask.File is string file ? Path.GetFileName(file) : p.Mask.Rectangle)}")],
            Combined(whole.Fingerprint, parts.Hash()),
            (place, random) => place < whole.Count ? whole.Read(place, random)
                : input.ReadMasked(whole.Names[hidden[place - whole.Count].Picture], hidden[place - whole.Count].Mask).Pixels);   // its mask stays where it is: no window is drawn
        return Bind(plain, pictures, at, parts, part => whole.Count + part, report, files.ContainsKey);
    }

    /// <summary>Features in place of pictures. Masks are found below folders by name, and are as large as their pictures.</summary>
    /// <param name="features">of all that <see cref="Names"/> says.</param>
    /// <param name="places">none are needed where masks are rectangles.</param>
    /// <exception cref="CirrusException">A place is not there, a name is that of several pictures, or no example is left.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public static DiffusionSet OfFeatures(IReadOnlyList<NamedExample> named, NamedFeatures features,
        IReadOnlyList<string> places, Preprocessing preprocessing,
        Action<string>? report = null, CancellationToken stop = default)
    {
        int unsaid = named.Count(e => e.Mask is NamedMask mask && (e.Hidden is null || (mask.File is null && mask.Size == default)));
        if (unsaid > 0)
            report?.Invoke(
                $"{unsaid:N0} hidden parts left out: beside features a line needs \"hidden\", and a rectangle the \"size\" of its picture");
        NamedExample[] said = unsaid == 0 ? [.. named] : [.. named.Where(e =>
            e.Mask is not NamedMask mask || (e.Hidden is not null && (mask.File is not null || mask.Size != default)))];
        Dictionary<string, string> files = MaskFiles(said, places, preprocessing);
        PictureInput input = new(preprocessing, Orientation.Stored);
        HiddenParts parts = HiddenParts.Of(said, example => features.Places.TryGetValue(example.Target, out int place)
            && features.Places.TryGetValue(example.Hidden!, out int without)
            && MaskOf(example.Mask!, files) is PictureMask mask ? new(place, mask, example.Mask!.Size, without) : null);
        parts.Read(part => input.ReadMask(part.Mask, part.Size), part => features.Pictures.Names[part.Picture], report, stop);
        DiffusionSet bound = Bind(said, features.Pictures, features.Places, parts, part => parts.Kept[part].Feature, report, files.ContainsKey);
        return bound with { Features = features.Rows };
    }

    /// <summary>The pictures that an example names, what a mask leaves of one among them.</summary>
    public static IEnumerable<string> Names(NamedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return new[] { example.Target, example.Reference, example.Hidden }.OfType<string>();
    }

    private static DiffusionSet Bind(NamedExample[] named, PictureSet pictures, IReadOnlyDictionary<string, int> at,
        HiddenParts parts, Func<int, int> hidden,
        Action<string>? report, Func<string, bool> hasMask)
    {
        List<DiffusionSample> words = [], parted = [], triplets = [];
        HashSet<string> missing = [];
        int left = 0;
        for (int i = 0; i < named.Length; i++)
        {
            NamedExample e = named[i];
            string[] gone = [.. Names(e).Where(n => !at.ContainsKey(n)), .. e.Mask?.File is string file && !hasMask(file) ? new[] { file } : []];
            left += gone.Length > 0 ? 1 : 0;
            missing.UnionWith(gone);
            if (gone.Length > 0)
                continue;
            if (e.Mask is null)
                (e.Reference is null ? words : triplets).Add(new(e.Text, e.Reference is string reference ? at[reference] : null, null, at[e.Target]));
            else if (parts.PlaceOf(i) is int part)
                parted.Add(new(e.Text, hidden(part), part, at[e.Target]));
        }
        string some = string.Join(", ", missing.Take(Listed)) + (missing.Count > Listed ? ", ..." : "");
        if (words.Count + parted.Count + triplets.Count == 0)
            throw new CirrusException(left == 0
                ? "The files hold no example."
                : $"None of {named.Length:N0} examples has all its pictures: {some} are not there.",
                hint: left == 0
                    ? "a line has picture and caption, or reference, caption and target"
                    : "name the folder that holds them, by their names with any ending: --pictures photos");
        if (left > 0)
            report?.Invoke($"{left:N0} of {named.Length:N0} examples left out, for {missing.Count:N0} pictures are not there: {some}");
        return new(pictures, parts.Masks, words, parted, triplets);
    }

    private static Dictionary<string, string> MaskFiles(IReadOnlyList<NamedExample> named, IReadOnlyList<string> places, Preprocessing preprocessing)
    {
        string[] names = [.. named.Select(e => e.Mask?.File).OfType<string>().Distinct()];
        if (names.Length == 0)
            return [];
        (PictureSet masks, IReadOnlyDictionary<string, int> at) = TrainingPictures.Named(places, names, preprocessing);
        return at.ToDictionary(m => m.Key, m => masks.Names[m.Value]);
    }

    private static PictureMask? MaskOf(NamedMask mask, Dictionary<string, string> files) =>
        mask.File is null ? new(null, mask.Rectangle) : files.TryGetValue(mask.File, out string? file) ? new(file) : null;

    private static string Combined(string pictures, byte[] masks) =>
        Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(pictures), .. masks]))[..16];
}
