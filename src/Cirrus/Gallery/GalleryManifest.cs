using System.Text.Json.Serialization;

namespace Cirrus.Gallery;

/// <summary>What every vector of a gallery has in common; two galleries with equal spaces can be compared.</summary>
/// <param name="Model">the CLIP's name, for people.</param>
/// <param name="Fingerprint">of its weights and tokenizer: the identity of the space.</param>
/// <param name="ModelPath">where it was, absolute; null for the one that ships.</param>
/// <param name="P">numbers a vector.</param>
/// <param name="Preprocessing">how pictures became pixels.</param>
/// <param name="Orientation">exif: turned as the camera says; stored: as the file has it.</param>
public sealed record EmbeddingSpace(string Model, string Fingerprint, string? ModelPath, int P, string Preprocessing, string Orientation)
{
    /// <summary>True when vectors of both can be compared: all is equal but the names and where the model lies.</summary>
    public bool Fits(EmbeddingSpace other) => Fingerprint == other.Fingerprint && P == other.P
        && Preprocessing == other.Preprocessing && Orientation == other.Orientation;
}

/// <summary>A picture of a gallery.</summary>
/// <param name="Path">relative to the gallery's root, with forward slashes.</param>
/// <param name="Size">bytes.</param>
/// <param name="Modified">UTC ticks (100 ns) of the last write.</param>
/// <param name="Hash">SHA-256 of the content, 32 hex digits of it.</param>
/// <param name="Width">pixels after orientation.</param>
public sealed record GalleryItem(long Id, string Path, long Size, long Modified, string Hash, int Width, int Height)
{
    public string Hash
    {
        get => Content.ToString();
        init => Content = new(value);
    }

    /// <summary>The hash as it is kept: galleries have millions, and a text of it takes as much as all the rest.</summary>
    internal ContentHash Content { get; init; } = new(Hash);
}

/// <summary>A file that could not be read, remembered until it changes.</summary>
public sealed record GalleryProblem(string Path, long Size, long Modified, string Reason);

/// <summary>One immutable block of rows: <c>NAME.safetensors</c> (unit rows, norms) and <c>NAME.jsonl</c> (items).</summary>
internal sealed record GallerySegment(string Name, int Rows);

/// <summary>The one file that says what belongs to a gallery; replaced by rename, so a crash leaves the old or the new.</summary>
/// <param name="Moved">file with changed records of items (moved or touched), or null.</param>
/// <param name="Gone">file with ids that no longer count, or null.</param>
/// <param name="Problems">file with unreadable pictures, or null.</param>
/// <param name="Version">rises with every change; new files carry it in their names, so no name is ever used twice.</param>
/// <param name="Checks">SHA-256 of the files it names, as 64 hex digits; a gallery of before has none.</param>
/// <param name="Shard">the part of the folder it is of, "0/8"; null: all of it.</param>
/// <param name="Choice">which files of the folder were looked at last; null: the usual.</param>
internal sealed record GalleryManifest(int Format, EmbeddingSpace Space, string Root, long NextId,
    IReadOnlyList<GallerySegment> Segments, string? Moved, string? Gone,
    string? Problems, long Version = 0, IReadOnlyDictionary<string, string>? Checks = null, string? Shard = null,
    PictureChoice? Choice = null)
{
    public const int CurrentFormat = 1;

    /// <summary>Every file it names but itself.</summary>
    public IEnumerable<string> Files => Segments.SelectMany(s => new[] { s.Name + SegmentFile.Items, s.Name + SegmentFile.Numbers })
        .Concat(new[] { Moved, Gone, Problems }.OfType<string>());
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GalleryManifest))]
[JsonSerializable(typeof(GalleryItem))]
[JsonSerializable(typeof(GalleryProblem))]
internal sealed partial class GalleryJson : JsonSerializerContext;
