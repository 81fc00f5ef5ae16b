using System.Globalization;
using Cirrus.Tensors;

namespace Cirrus.Hub;

/// <summary>Where the hub and its cache are: the environment variables that the hub's Python tools read.</summary>
/// <param name="Cache">the folder that holds models--org--name.</param>
/// <param name="Endpoint">the server, without a slash at its end.</param>
/// <param name="Token">sent to <paramref name="Endpoint"/> alone; null for none.</param>
/// <param name="Offline">nothing is asked of the network.</param>
/// <param name="Symlinks">false: files lie in the snapshots themselves.</param>
public sealed record HubSettings(string Cache, Uri Endpoint, string? Token = null, bool Offline = false, bool Symlinks = true)
{
    private const string PublicEndpoint = "https://huggingface.co";
    private const int LongestToken = 4096;

    /// <summary>For an answer's head.</summary>
    public TimeSpan MetadataTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For each read of a body.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a request is tried again without progress.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Before the first retry; doubled each time.</summary>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromSeconds(1);

    public static HubSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <param name="variable">the value of an environment variable, or null.</param>
    /// <exception cref="CirrusException">A variable has a value that cannot be.</exception>
    public static HubSettings From(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        string? Value(string name) => variable(name) is { Length: > 0 } value ? value : null;
        string home = Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? Path.Combine(UserFolder(), ".cache"), "huggingface");
        string cache = Value("HF_HUB_CACHE") ?? Value("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub");
        string endpoint = Value("HF_ENDPOINT") ?? PublicEndpoint;
        if (!Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http"))
            throw new CirrusException($"HF_ENDPOINT is '{endpoint}', which is no address.",
                hint: "set it like https://huggingface.co, or leave it unset");
        return new(Path.GetFullPath(Home(cache)), uri,
            Value("HF_TOKEN")?.Trim() ?? TokenFile(Home(Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token"))),
            IsTrue(Value("HF_HUB_OFFLINE")), !IsTrue(Value("HF_HUB_DISABLE_SYMLINKS")))
        {
            MetadataTimeout = Seconds("HF_HUB_ETAG_TIMEOUT", Value("HF_HUB_ETAG_TIMEOUT")),
            ReadTimeout = Seconds("HF_HUB_DOWNLOAD_TIMEOUT", Value("HF_HUB_DOWNLOAD_TIMEOUT")),
        };
    }

    private static string UserFolder() => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string Home(string path) => path == "~" ? UserFolder() : path.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(UserFolder(), path[2..]) : path;

    private static string? TokenFile(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= LongestToken }
                && File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;                                             // as if there were none: public models need none
        }
    }

    private static TimeSpan Seconds(string name, string? value) => value is null ? TimeSpan.FromSeconds(10)
        : double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= 86400 ? TimeSpan.FromSeconds(seconds)
        : throw new CirrusException($"{name} is '{value}', which is no number of seconds.", hint: "set it to 10, or leave it unset");

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
}
