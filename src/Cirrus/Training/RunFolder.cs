using System.Text.Json;
using System.Text.Json.Serialization;
using Cirrus.Tensors;

namespace Cirrus.Training;

/// <summary>run.json: what was asked for and with what it was made.</summary>
/// <param name="Version">of the folder's format: 1.</param>
/// <param name="Options">the method's options, as its own JSON.</param>
/// <param name="Inputs">names and fingerprints of model and data; a resumed run must find the same.</param>
public sealed record RunInfo(int Version, string Method, JsonElement Options, IReadOnlyDictionary<string, string> Inputs,
    string Cirrus, string Runtime, string Started);

/// <summary>A line of log.jsonl; what does not apply is left out.</summary>
/// <param name="Validation">scores of the network as it was, by name.</param>
public sealed record LogLine(int Step, float? Loss = null, double? LearningRate = null, double? CaptionsPerSecond = null,
    float? ValidationLoss = null, IReadOnlyDictionary<string, double>? Validation = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunInfo))]
[JsonSerializable(typeof(LogLine))]
internal sealed partial class RunJson : JsonSerializerContext;

/// <summary>A training run on disk: run.json, log.jsonl, last.safetensors and best.safetensors.</summary>
/// <remarks>
/// Files that are replaced are written under another name, flushed and renamed: a crash leaves the old or the new one. The log
/// is appended line by line; when a run resumes from a checkpoint, lines of later steps are dropped. One process at a time.
/// </remarks>
public sealed class RunFolder : IDisposable
{
    public const string Last = "last.safetensors", Best = "best.safetensors";

    private const string InfoFile = "run.json", LogFile = "log.jsonl";
    private readonly FileStream _lock;
    private StreamWriter? _log;

    private RunFolder(string path, RunInfo info, FileStream held) => (Path, Info, _lock) = (path, info, held);

    public string Path { get; }

    public RunInfo Info { get; }

    /// <summary>Starts a run in a new or empty folder.</summary>
    /// <exception cref="CirrusException">There is a run already, or another process has the folder.</exception>
    public static RunFolder Create(string path, string method, JsonElement options, IReadOnlyDictionary<string, string> inputs)
    {
        if (Exists(path))
            throw new CirrusException($"'{path}' holds a run already.", hint: "add --resume to go on with it, or name another folder");
        Directory.CreateDirectory(path);
        string version = typeof(RunFolder).Assembly.GetName().Version?.ToString(3) ?? "";
        RunInfo info = new(1, method, options, inputs, version, Environment.Version.ToString(), DateTime.UtcNow.ToString("s") + "Z");
        RunFolder run = new(path, info, Hold(path));
        run.Replace(InfoFile, stream =>
        {
            using Utf8JsonWriter writer = new(stream, new() { Indented = true });
            JsonSerializer.Serialize(writer, info, RunJson.Default.RunInfo);
        });
        return run;
    }

    /// <summary>Opens a run to go on with it.</summary>
    /// <exception cref="CirrusException">It is none, of another version or method, made from other inputs, or in use.</exception>
    public static RunFolder Resume(string path, string method, IReadOnlyDictionary<string, string> inputs)
    {
        RunInfo info = ReadInfo(path);
        if (info.Method != method)
            throw new CirrusException($"'{path}' is a run of {info.Method}, not of {method}.",
                hint: $"cirrus train {info.Method} -o {path} --resume");
        foreach ((string name, string value) in info.Inputs)
            if (inputs.GetValueOrDefault(name) is var now && now != value)
                throw new CirrusException($"'{path}' was started with {name} = {value}, now it is {now ?? "missing"}.",
                    hint: "resume with the same model and data, or start a new run");
        return new(path, info, Hold(path));
    }

    public static bool Exists(string path) => File.Exists(System.IO.Path.Combine(path, InfoFile));

    /// <summary>Reads run.json.</summary>
    public static RunInfo ReadInfo(string path)
    {
        string file = System.IO.Path.Combine(path, InfoFile);
        if (!File.Exists(file))
            throw new CirrusException($"'{path}' is not a training run: it has no {InfoFile}.",
                hint: "name the folder that was given to 'cirrus train -o'");
        try
        {
            RunInfo? info = JsonSerializer.Deserialize(File.ReadAllBytes(file), RunJson.Default.RunInfo);
            if (info is { Version: 1, Method: not null, Inputs: not null })
                return info;
        }
        catch (JsonException e)
        {
            throw new CirrusException($"'{file}' is damaged: {e.Message}", hint: "start a new run", e);
        }
        throw new CirrusException($"'{file}' is not a run of version 1.", hint: "use the version of cirrus that wrote it");
    }

    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Appends to the log.</summary>
    public void Log(LogLine line)
    {
        _log ??= new StreamWriter(new FileStream(At(LogFile), FileMode.Append, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
        _log.WriteLine(JsonSerializer.Serialize(line, RunJson.Default.LogLine));
    }

    /// <summary>The log's lines up to a step; a last line that was cut off is left out.</summary>
    public IReadOnlyList<LogLine> ReadLog(int upToStep = int.MaxValue)
    {
        _log?.Dispose();
        _log = null;
        return ReadLog(Path, upToStep);
    }

    /// <summary>The log of any run, also of one that another process trains; empty when there is none.</summary>
    public static IReadOnlyList<LogLine> ReadLog(string path, int upToStep = int.MaxValue)
    {
        string file = System.IO.Path.Combine(path, LogFile);
        List<LogLine> lines = [];
        if (!File.Exists(file))
            return lines;
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is string text)
            if (Parse(text) is LogLine line && line.Step <= upToStep)
                lines.Add(line);
        return lines;
    }

    /// <summary>Drops what the log says of steps after this one, which will be done again.</summary>
    /// <returns>the lines kept.</returns>
    public IReadOnlyList<LogLine> RewindLog(int step)
    {
        IReadOnlyList<LogLine> kept = ReadLog(step);
        Replace(LogFile, stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true);
            foreach (LogLine line in kept)
                writer.WriteLine(JsonSerializer.Serialize(line, RunJson.Default.LogLine));
        });
        return kept;
    }

    public void Dispose()
    {
        _log?.Dispose();
        _lock.Dispose();
        File.Delete(At(".lock"));
    }

    private static LogLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, RunJson.Default.LogLine);
        }
        catch (JsonException)    // a line cut off by a crash
        {
            return null;
        }
    }

    private static FileStream Hold(string path)
    {
        try
        {
            return new(System.IO.Path.Combine(path, ".lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException e)
        {
            throw new CirrusException($"Another process trains in '{path}'.", hint: "wait for it to end, or name another folder", e);
        }
    }

    private void Replace(string name, Action<Stream> write)
    {
        string temporary = At(name + ".tmp");
        using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, At(name), overwrite: true);
    }
}
