using System.Buffers.Binary;
using System.Text;

namespace Cirrus.Tensors;

/// <summary>
/// Texts in Python pickles, as published code keeps them beside tensors: SEARLE's image_names.pkl and concept_to_phrases.pkl.
/// </summary>
/// <remarks>Read with the rules of checkpoints: data only, nothing is run.</remarks>
public static class PickledTexts
{
    /// <summary>Reads a list of texts.</summary>
    /// <exception cref="CirrusException">It is damaged, hostile, or anything but a list of texts.</exception>
    public static IReadOnlyList<string> Read(string path) => Load(path) is List<object?> list && Texts(list) is string[] texts
        ? texts
        : throw new CirrusException($"'{path}' is a pickle, but no list of texts.", hint: "name the file of names");

    /// <summary>Reads a dict of lists of texts, in order; of a key that stands twice the last counts, as in Python.</summary>
    /// <exception cref="CirrusException">It is damaged, hostile, or anything but such a dict.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ReadLists(string path)
    {
        CirrusException Wrong() => new($"'{path}' is a pickle, but no dict of lists of texts.",
            hint: "name the file of phrases: {concept: [phrase, ...]}");
        Dictionary<string, IReadOnlyList<string>> lists = new(StringComparer.Ordinal);
        foreach ((object? key, object? value) in (Load(path) as PickleDict ?? throw Wrong()).Items)
            lists[key as string ?? throw Wrong()] = value is IReadOnlyList<object?> items && Texts(items) is string[] texts
                ? texts : throw Wrong();
        return lists;
    }

    /// <summary>Writes a list of texts (protocol 2), which Python's pickle.load and <see cref="Read"/> read.</summary>
    public static void Write(string path, IEnumerable<string> texts)
    {
        using AtomicFile file = AtomicFile.Create(path);
        file.Stream.Write([0x80, 2, (byte)']', (byte)'(']);
        Span<byte> length = stackalloc byte[4];
        foreach (string text in texts)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
            file.Stream.WriteByte((byte)'X');
            file.Stream.Write(length);
            file.Stream.Write(utf8);
        }
        file.Stream.Write("e."u8);
        file.Keep();
    }

    private static object? Load(string path)
    {
        using MappedFile file = MappedFile.Open(path);
        return new PickleReader(file.Span(0, file.Length), path).Read();
    }

    private static string[]? Texts(IReadOnlyList<object?> items) =>
        items.All(item => item is string) ? [.. items.Cast<string>()] : null;
}
