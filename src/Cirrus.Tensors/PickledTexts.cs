namespace Cirrus.Tensors;

/// <summary>A list of texts in a Python pickle, as published code writes names beside their tensors (SEARLE's image_names.pkl).</summary>
public static class PickledTexts
{
    /// <summary>Reads it with the rules of checkpoints: data only, nothing is run.</summary>
    /// <exception cref="CirrusException">It is damaged, hostile, or anything but a list of texts.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        using MappedFile file = MappedFile.Open(path);
        return new PickleReader(file.Span(0, file.Length), path).Read() is List<object?> list && list.TrueForAll(item => item is string)
            ? [.. list.Cast<string>()]
            : throw new CirrusException($"'{path}' is a pickle, but no list of texts.", hint: "name the file of names");
    }
}
