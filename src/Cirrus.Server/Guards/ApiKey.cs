using Cirrus.Tensors;

namespace Cirrus.Server.Guards;

/// <summary>The key that every request must bear: from a file's first line, or as it was set.</summary>
internal static class ApiKey
{
    private const int Shortest = 8;

    /// <returns>null: none is asked for.</returns>
    /// <exception cref="CirrusException">The file cannot be read, or the key is too short to be one.</exception>
    public static string? Of(ServerOptions options)
    {
        (string? key, string place) = options.ApiKeyFile is string file ? (Read(file), $"in '{file}'") : (options.ApiKey, "that is set");
        return key is null || key.Length >= Shortest ? key
            : throw new CirrusException($"The key {place} has {key.Length} characters.",
                hint: $"take one of {Shortest} or more: openssl rand -hex 24 > {options.ApiKeyFile ?? "key.txt"}");
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault()?.Trim() ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"The key's file '{file}' cannot be read: {e.Message}", hint: $"make one: openssl rand -hex 24 > {file}", e);
        }
    }
}
