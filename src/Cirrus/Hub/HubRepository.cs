using System.Diagnostics.CodeAnalysis;
using Cirrus.Tensors;

namespace Cirrus.Hub;

/// <summary>A model's repository on a hub: "org/name", or an old one's bare "name".</summary>
public sealed record HubRepository
{
    private const int LongestName = 96;

    private HubRepository(string id) => Id = id;

    public string Id { get; }

    /// <summary>Its folder in the cache: models--org--name.</summary>
    public string Folder => "models--" + Id.Replace("/", "--", StringComparison.Ordinal);

    public string Name => Id[(Id.IndexOf('/', StringComparison.Ordinal) + 1)..];

    public override string ToString() => Id;

    /// <exception cref="CirrusException">It is no name of a repository.</exception>
    public static HubRepository Parse(string id) => TryParse(id, out HubRepository? found) ? found
        : throw new CirrusException($"'{id}' is no name of a model on the hub.", hint: "write it as org/name, as in openai/clip-vit-base-patch32");

    /// <summary>Accepts org/name of letters, digits, '-', '_' and '.', as the hub does; "--" and ".." would be ambiguous in the cache.</summary>
    public static bool TryParse([NotNullWhen(true)] string? id, [NotNullWhen(true)] out HubRepository? found)
    {
        string[] parts = id?.Split('/') ?? [];
        found = parts.Length is 1 or 2 && id!.Length <= LongestName && parts.All(IsPart) ? new(id) : null;
        return found is not null;
    }

    /// <summary>The repository whose folder in the cache this is; null for another folder.</summary>
    public static HubRepository? OfFolder(string folder)
    {
        string[] parts = folder.Split("--");
        return parts.Length is 2 or 3 && parts[0] == "models" && TryParse(string.Join('/', parts[1..]), out HubRepository? found)
            && found.Folder == folder ? found : null;
    }

    private static bool IsPart(string part) => part.Length > 0 && part[0] is not ('-' or '.') && part[^1] is not ('-' or '.')
        && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal);
}
