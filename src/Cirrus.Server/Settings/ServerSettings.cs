using System.Text.Json;
using Cirrus.Tensors;

namespace Cirrus.Server.Settings;

/// <summary>All settings, and how they are read: defaults, then a file of JSON, then CIRRUS_* of the environment, then the command line.</summary>
public static class ServerSettings
{
    private const string Mask = "(set)";
    private const char Between = ';', BetweenDatabases = '|';

    /// <summary>The file that is read when none is named and it is there.</summary>
    public static string UsualFile => Path.Combine(Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } config ? config
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"), "cirrus", "cirrus.json");

    public static IReadOnlyList<Setting> All { get; } =
    [
        Setting.Number("port", "to listen at; 0 takes a free one", o => o.Port, (o, v) => o.Port = (int)v, 0, 65535),
        Setting.Text("host", "the address to listen at; * is every one", o => o.Host, (o, v) => o.Host = v),
        Setting.Text("galleries", "galleries to serve, or folders in or below one; several with ; between",
            o => Join(o.Galleries), (o, v) => Fill(o.Galleries, v)),
        Setting.Text("database", "connection strings of a gallery in PostgreSQL, searched and never written; several shards with | between",
            o => string.Join(BetweenDatabases, o.Database) is { Length: > 0 } all ? all : null,
            (o, v) => Fill(o.Database, v, BetweenDatabases)) with { IsSecret = true },
        Setting.Text("databaseSchema", "the database's schema that holds the gallery", o => o.DatabaseSchema, (o, v) => o.DatabaseSchema = v),
        Setting.Text("pictures", "the folder where the database's pictures lie on this machine", o => o.Pictures, (o, v) => o.Pictures = v),
        Setting.Text("model", "the galleries' CLIP, where it has moved", o => o.Model, (o, v) => o.Model = v),
        Setting.Text("weights", "trained weights, method=path, or the path alone where it says its method; several with ; between",
            o => Join(o.Weights.Select(w => $"{w.Key}={w.Value}")), Weights),
        Setting.Text("apiKeyFile", "a file whose first line is the key that every request must bear", o => o.ApiKeyFile, (o, v) => o.ApiKeyFile = v),
        Setting.Text("apiKey", "the key itself", o => o.ApiKey, (o, v) => o.ApiKey = v) with { IsSecret = true },
        Setting.Text("allowedHosts", "names by which the server may be called; several with ; between",
            o => Join(o.AllowedHosts), (o, v) => Fill(o.AllowedHosts, v)),
        Setting.Flag("allowUrls", "queries may name pictures by http addresses; never private ones", o => o.AllowUrls, (o, v) => o.AllowUrls = v),
        Setting.Text("otlpEndpoint", "where traces and numbers go by OTLP", o => o.OtlpEndpoint, (o, v) =>
            o.OtlpEndpoint = Uri.TryCreate(v, UriKind.Absolute, out _) ? v
            : throw new CirrusException($"'{v}' is no otlpEndpoint.", hint: "it is an address, as http://127.0.0.1:4317"))
                with { AlsoVariable = "OTEL_EXPORTER_OTLP_ENDPOINT" },
        Setting.Text("otlpProtocol", "grpc or http/protobuf; else as the port says, of which 4318 is HTTP's",
            o => o.OtlpProtocol, (o, v) => o.OtlpProtocol = v is TelemetryExport.Grpc or TelemetryExport.Http ? v
            : throw new CirrusException($"'{v}' is no otlpProtocol.", hint: $"it is {TelemetryExport.Grpc} or {TelemetryExport.Http}"))
                with { AlsoVariable = "OTEL_EXPORTER_OTLP_PROTOCOL" },
        Limit("pictureMegabytes", "of one picture as sent", l => l.PictureMegabytes, (l, v) => l.PictureMegabytes = v, 1, 1024),
        Setting.Number("limits.megapixels", "of one picture, checked in its header", o => o.Limits.Megapixels,
            (o, v) => o.Limits.Megapixels = v, 0.001, 10_000, whole: false),
        Limit("bodyMegabytes", "of a whole request", l => l.BodyMegabytes, (l, v) => l.BodyMegabytes = v, 1, 2047),
        Limit("bodiesMegabytes", "of all large bodies at a time; above that it is 429", l => l.BodiesMegabytes,
            (l, v) => l.BodiesMegabytes = v, 1, 1 << 20),
        Limit("images", "pictures in one query", l => l.Images, (l, v) => l.Images = v, 1, 64),
        Limit("top", "results at a time", l => l.Top, (l, v) => l.Top = v, 1, 100_000),
        Limit("textLength", "characters of one text", l => l.TextLength, (l, v) => l.TextLength = v, 1, 1_000_000),
        Limit("terms", "terms to add, and as many to push away", l => l.Terms, (l, v) => l.Terms = v, 0, 1000),
        Limit("embeddings", "texts, images or queries in one call of /v1/embeddings", l => l.Embeddings, (l, v) => l.Embeddings = v, 1, 10_000),
        Limit("queue", "pieces of work that may wait for the model; above that it is 429", l => l.Queue, (l, v) => l.Queue = v, 1, 100_000),
        Limit("queries", "queries kept for pages and other filters", l => l.Queries, (l, v) => l.Queries = v, 1, 1_000_000),
        Limit("queryMinutes", "that a query is kept after its last use", l => l.QueryMinutes, (l, v) => l.QueryMinutes = v, 1, 10_000),
        Limit("sessionMegabytes", "memory for pictures that were handed over", l => l.SessionMegabytes, (l, v) => l.SessionMegabytes = v, 1, 1 << 20),
        Limit("thumbnailMegabytes", "memory for thumbnails", l => l.ThumbnailMegabytes, (l, v) => l.ThumbnailMegabytes = v, 1, 1 << 20),
        Limit("requestsPerMinute", "of one address; 0 is as many as it likes", l => l.RequestsPerMinute,
            (l, v) => l.RequestsPerMinute = v, 0, 1_000_000),
    ];

    /// <summary>Reads all sources.</summary>
    /// <param name="file">named by the user; null: <see cref="UsualFile"/> where it is.</param>
    /// <param name="variable">of the environment by name.</param>
    /// <param name="commandLine">settings by name.</param>
    /// <exception cref="CirrusException">A file is not there or damaged, a name is not known, or a value is out of its range.</exception>
    public static (ServerOptions Options, IReadOnlyList<SettingValue> Values) Read(string? file, Func<string, string?> variable,
        IReadOnlyDictionary<string, string> commandLine)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(commandLine);
        string? named = file ?? variable("CIRRUS_CONFIG"), from = named ?? (File.Exists(UsualFile) ? UsualFile : null);
        Dictionary<string, string> inFile = from is null ? [] : ReadFile(from);
        foreach (string unknown in inFile.Keys.Concat(commandLine.Keys).Where(k => All.All(s => s.Name != k)))
            throw new CirrusException($"There is no setting '{unknown}'.", hint: $"settings are: {string.Join(", ", All.Select(s => s.Name))}");
        ServerOptions options = new();
        List<SettingValue> values = [];
        foreach (Setting setting in All)
        {
            (string? text, string source) = commandLine.TryGetValue(setting.Name, out string? typed) ? (typed, "command line")
                : variable(setting.Variable) is { Length: > 0 } set ? (set, setting.Variable)
                : inFile.TryGetValue(setting.Name, out string? written) ? (written, from!)
                : setting.AlsoVariable is string other && variable(other) is { Length: > 0 } usual ? (usual, other) : (null, "default");
            if (text is not null)
                Take(setting, options, text, source);
            string? value = setting.Get(options);
            values.Add(new(setting, setting.IsSecret && value is not null ? Mask : value, source));
        }
        return (options, values);
    }

    private static void Take(Setting setting, ServerOptions options, string text, string source)
    {
        try
        {
            setting.Set(options, text);
        }
        catch (CirrusException e)
        {
            throw new CirrusException($"{e.Message[..^1]} ({source}).", e.Hint, e);
        }
    }

    private static Dictionary<string, string> ReadFile(string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path),
                new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            Dictionary<string, string> values = [];
            Flatten(json.RootElement, "", values);
            return values;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{path}' cannot be read: {e.Message}",
                hint: "it is JSON like {\"port\": 7411, \"limits\": {\"top\": 500}}", e);
        }
    }

    private static void Flatten(JsonElement json, string prefix, Dictionary<string, string> values)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new JsonException("it is no object");
        foreach (JsonProperty p in json.EnumerateObject())
            switch (p.Value.ValueKind)
            {
                case JsonValueKind.Object when p.Name == "weights":
                    values[p.Name] = Join(p.Value.EnumerateObject().Select(w => $"{w.Name}={w.Value}"))!;
                    break;
                case JsonValueKind.Object:
                    Flatten(p.Value, prefix + p.Name + ".", values);
                    break;
                case JsonValueKind.Array:
                    values[prefix + p.Name] = string.Join(p.Name == "database" ? BetweenDatabases : Between, p.Value.EnumerateArray());
                    break;
                case JsonValueKind.Null:
                    break;
                default:
                    values[prefix + p.Name] = p.Value.ToString();
                    break;
            }
    }

    private static Setting Limit(string name, string meaning, Func<ServerLimits, int> get, Action<ServerLimits, int> set, int least, int most) =>
        Setting.Number("limits." + name, meaning, o => get(o.Limits), (o, v) => set(o.Limits, (int)v), least, most);

    private static void Weights(ServerOptions options, string text)
    {
        options.Weights.Clear();
        foreach (string one in text.Split(Between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (one.IndexOf('=', StringComparison.Ordinal) is > 0 and int at && !Path.Exists(one))
                options.Weights[Methods.Method.Find(one[..at]).Name] = one[(at + 1)..];
            else
                options.Weights[Methods.MethodOfWeights.Find(one)?.Name ?? throw new CirrusException(
                    $"'{one}' does not say which method's weights it is.", hint: "write method=path")] = one;
    }

    private static void Fill(IList<string> list, string text, char between = Between)
    {
        list.Clear();
        foreach (string one in text.Split(between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            list.Add(one);
    }

    private static string? Join(IEnumerable<string> values) => string.Join(Between, values) is { Length: > 0 } text ? text : null;
}
