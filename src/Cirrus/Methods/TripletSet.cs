using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Methods;

/// <summary>What supervised methods learn from: a picture in hand, how the wanted one differs, the wanted one.</summary>
/// <param name="Reference">a place in the set's pictures.</param>
/// <param name="Captions">one, or several (FashionIQ: two) that tell the same difference.</param>
/// <param name="Target">a place in the set's pictures.</param>
public sealed record Triplet(int Reference, IReadOnlyList<string> Captions, int Target);

/// <summary>Triplets and the pictures they speak of.</summary>
public sealed record TripletSet(PictureSet Pictures, IReadOnlyList<Triplet> Triplets)
{
    private const int Listed = 5;

    public int Count => Triplets.Count;

    /// <summary>SHA-256 over pictures and triplets, 16 hex digits: tells a resumed run that its data are the same.</summary>
    public string Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Pictures.Fingerprint));
        foreach (Triplet t in Triplets)
            hash.AppendData(Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"\n{t.Reference} {t.Target} {string.Join('\t', t.Captions)}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>Binds names to pictures. Triplets whose pictures are not there are left out.</summary>
    /// <param name="pictures">every picture that was found.</param>
    /// <param name="places">name → place in <paramref name="pictures"/>.</param>
    /// <param name="report">called with a line for people when pictures are missing.</param>
    /// <exception cref="CirrusException">No triplet is left.</exception>
    public static TripletSet Bind(IReadOnlyList<NamedTriplet> named, PictureSet pictures,
        IReadOnlyDictionary<string, int> places, Action<string>? report = null)
    {
        Triplet[] bound = [.. named.Where(t => places.ContainsKey(t.Reference) && places.ContainsKey(t.Target))
            .Select(t => new Triplet(places[t.Reference], t.Captions, places[t.Target]))];
        string[] missing = [.. named.SelectMany(t => new[] { t.Reference, t.Target }).Distinct()
            .Where(n => !places.ContainsKey(n))];
        string some = string.Join(", ", missing.Take(Listed)) + (missing.Length > Listed ? ", ..." : "");
        if (bound.Length == 0)
            throw new CirrusException(named.Count == 0
                ? "The files hold no triplet."
                : $"None of {named.Count:N0} triplets has both its pictures: {some} are not there.",
                hint: named.Count == 0
                    ? "an entry has reference, target and caption"
                    : "name the folder that holds them, by their names with any ending: --pictures photos");
        if (missing.Length > 0)
            report?.Invoke($"{named.Count - bound.Length:N0} of {named.Count:N0} triplets left out, "
                + $"for {missing.Length:N0} pictures are not there: {some}");
        return new(pictures, bound);
    }

    /// <summary>Features of all pictures, kept in a run's folder and found there again.</summary>
    internal PictureFeatures Features(ClipModel clip, string folder, Action<string>? say, CancellationToken stop) =>
        PictureFeatures.OfTraining(clip, Pictures, Path.Combine(folder, "features"), say, stop);

    /// <exception cref="CirrusException">The picture cannot be read.</exception>
    internal ReadOnlySpan<float> FeatureOf(int place, PictureFeatures features) =>
        features[place] is { IsEmpty: false } feature ? feature
            : throw new CirrusException($"The picture {Pictures.Names[place]} of the triplets cannot be read.",
                hint: "mend it, or leave out the triplets that name it");
}
