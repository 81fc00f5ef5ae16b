using Cirrus.Gallery;
using Cirrus.Imaging;
using Cirrus.Methods;
using Cirrus.Methods.CompoDiff;
using Cirrus.Tensors;

namespace Cirrus;

/// <summary>A picture in a query: a file, one that the gallery knows by its id, or a file's content.</summary>
public sealed record QueryPicture(string? File = null, long? Id = null)
{
    /// <summary>A picture file's content.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The part that is asked about; null: the whole picture.</summary>
    public PictureCrop? Crop { get; init; }

    /// <summary>Its share among several pictures, from 0.</summary>
    public float Weight { get; init; } = 1;
}

/// <summary>What is wanted: pictures and words, terms added and terms pushed away.</summary>
/// <param name="Words">one caption; null when there are only pictures. A <c>$</c> is the picture's place.</param>
/// <param name="And">separate terms: the query is the normalised sum of what picture and words compose and of each of these.</param>
/// <param name="Without">terms pushed away, words or pictures.</param>
/// <param name="ImageWeight">0 = words alone, 1 = picture alone, null = the method's own balance.</param>
public sealed record ComposedQuery(IReadOnlyList<QueryPicture> Pictures, string? Words, IReadOnlyList<string>? And = null,
    IReadOnlyList<QueryTerm>? Without = null, float? ImageWeight = null)
{
    /// <summary>By which picture and words are composed; null: <see cref="Retriever.DefaultMethod"/>.</summary>
    public string? Method { get; init; }

    /// <summary>What of the one picture is to be changed, for methods that read a mask.</summary>
    public PictureMask? Mask { get; init; }

    /// <summary>How methods that write the picture into a sentence write it; the gallery's mean is put in by the retriever.</summary>
    public SentenceOptions? Sentence { get; init; }

    /// <summary>How a method that samples does it.</summary>
    public SamplingOptions? Sampling { get; init; }
}

/// <summary>A term pushed away: words or a picture.</summary>
public sealed record QueryTerm(string? Words = null, QueryPicture? Picture = null);

/// <summary>The query grammar: which arguments are pictures and which are words.</summary>
public static class QueryGrammar
{
    /// <summary>Reads free arguments. Several words arguments are one caption, joined by commas.</summary>
    /// <param name="free">arguments in any order.</param>
    /// <param name="pictures">arguments said to be pictures (-i).</param>
    /// <param name="words">arguments said to be words (-t).</param>
    /// <param name="without">terms to push away, words or pictures.</param>
    /// <exception cref="CirrusException">An argument could be either, or a picture is not there.</exception>
    public static ComposedQuery Parse(IEnumerable<string> free, IEnumerable<string> pictures, IEnumerable<string> words, IEnumerable<string> and,
        IEnumerable<string> without, float? imageWeight = null, IEnumerable<long>? like = null)
    {
        List<QueryPicture> all = [.. pictures.Select(p => new QueryPicture(Existing(p))), .. (like ?? []).Select(id => new QueryPicture(Id: id))];
        List<string> caption = [];
        foreach (string argument in free)
            if (IsPicture(argument))
                all.Add(new(Existing(argument)));
            else if (!string.IsNullOrWhiteSpace(argument))
                caption.Add(argument.Trim());
        caption.AddRange(words.Select(w => w.Trim()).Where(w => w.Length > 0));
        QueryTerm[] away = [.. without.Select(t => IsPicture(t) ? new QueryTerm(Picture: new(Existing(t))) : new QueryTerm(Words: t.Trim()))];
        if (all.Count == 0 && caption.Count == 0 && !and.Any())
            throw new CirrusException("The query is empty.", hint: "give a picture, words, or both: cirrus search photo.jpg \"but in red\"");
        if (imageWeight is < 0 or > 1 or float.NaN)
            throw new CirrusException($"An image weight of {imageWeight} is out of range.", hint: "0 is words alone, 1 is the picture alone");
        return new(all, caption.Count == 0 ? null : string.Join(", ", caption), [.. and.Select(a => a.Trim())], away, imageWeight);
    }

    private static bool IsPicture(string argument)
    {
        if (argument.Contains("://", StringComparison.Ordinal) && !argument.Contains(' ', StringComparison.Ordinal))
            throw new CirrusException($"'{argument}' is an address; pictures are not fetched from the network.",
                hint: "download it and give the file");
        if (argument.Length > 0 && (argument[0] is '/' or '~' || argument.StartsWith("./", StringComparison.Ordinal)
            || argument.StartsWith("../", StringComparison.Ordinal)
            || (argument.Length > 2 && char.IsAsciiLetter(argument[0]) && argument[1] == ':' && argument[2] is '\\' or '/')))
            return true;
        if (File.Exists(argument))
            return PictureFiles.Looks(argument) ? true : throw new CirrusException($"'{argument}' is the name of a file here, and could be words.",
                hint: $"say which: -i '{argument}' for the picture, -t '{argument}' for the words");
        if (PictureFiles.Looks(argument) && !argument.Contains(' ', StringComparison.Ordinal))
            throw new CirrusException($"'{argument}' looks like a picture, but there is no such file.",
                hint: $"check the path, or say that it is words: -t '{argument}'");
        return false;
    }

    private static string Existing(string path)
    {
        if (path.StartsWith("~/", StringComparison.Ordinal))
            path = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]);
        return File.Exists(path) ? path : throw new CirrusException($"There is no picture '{path}'.", hint: "check the path");
    }
}
