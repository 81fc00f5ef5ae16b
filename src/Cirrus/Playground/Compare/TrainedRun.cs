using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cirrus.Clip;
using Cirrus.Methods;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Playground.Compare;

/// <summary>A finished training on the Playground.</summary>
/// <param name="Weights">the run's folder: what the method is opened with.</param>
/// <param name="Seconds">of wall time over all sittings, data and features included.</param>
/// <param name="Parameters">numbers in the file of the trained part.</param>
/// <param name="Reused">true when it was there already.</param>
public sealed record TrainedRun(string Weights, double Seconds, long Parameters, bool Reused);

/// <summary>compare.json in a run's folder: the time that all sittings took so far.</summary>
internal sealed record RunTime(double Seconds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunTime))]
internal sealed partial class RunTimeJson : JsonSerializerContext;

/// <summary>Trains any method of the list on the Playground, in a folder where the run is found again.</summary>
/// <param name="folder">holds a folder a backbone, and in it one a method.</param>
public sealed class TrainedRuns(string folder)
{
    private const string TimeFile = "compare.json", Moments = "adam.m.";
    private readonly Dictionary<TrainingDataKind, TrainingData> _data = [];

    /// <summary>Trains, goes on with a run that was stopped, or takes the finished one.</summary>
    /// <param name="settings">"name=value", over the method's settings for a small CLIP.</param>
    /// <param name="begin">told once that training begins: the trainer.</param>
    /// <param name="report">called after every step.</param>
    /// <param name="say">told what a person should know.</param>
    /// <returns>null when it was asked to stop: a checkpoint is kept.</returns>
    /// <exception cref="CirrusException">There is a run of other options, of another model or other data.</exception>
    public TrainedRun? Train(Method method, string backbone, ClipModel clip, IReadOnlyList<string> settings, Action<Trainer>? begin = null,
        Action<TrainingStep>? report = null, Action<string>? say = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        MethodTraining training = method.Training ?? throw new ArgumentException($"{method.Name} is not trained.");
        string path = Path.Combine(folder, backbone, method.Name), result = Path.Combine(path, training.Result);
        JsonElement options = training.Options(true, settings);
        long began = Stopwatch.GetTimestamp();
        TrainingData data = DataOf(training.Data);
        IReadOnlyDictionary<string, string> inputs = data.Inputs(clip);
        bool there = RunFolder.Exists(path);
        if (there)
            Check(path, method, options, inputs);
        double before = there ? Seconds(path) : 0;
        if (there && Path.Exists(result))
            return new(path, before, Count(path, result), Reused: true);
        Trainer trainer = training.Create(clip, data, options);
        begin?.Invoke(trainer);
        using TrainingRun run = there
            ? TrainingRun.Resume(path, method.Name, inputs, trainer, training.Result)
            : TrainingRun.Start(path, method.Name, options, inputs, trainer, training.Result);
        bool finished = run.Train(report, stop, say);
        double seconds = before + Stopwatch.GetElapsedTime(began).TotalSeconds;
        Keep(path, seconds);
        return finished ? new(path, seconds, Count(path, result), Reused: false) : null;
    }

    /// <summary>Numbers that were trained: those of a run's optimiser; of a file from elsewhere, all that it holds.</summary>
    /// <exception cref="CirrusException">There is nothing.</exception>
    public static long CountOf(Method method, string weights)
    {
        ArgumentNullException.ThrowIfNull(method);
        return Count(weights, Directory.Exists(weights) && method.Training is { } training ? Path.Combine(weights, training.Result) : weights);
    }

    /// <summary>What training took, where a comparison trained it; null elsewhere.</summary>
    public static double? SecondsOf(string weights) => File.Exists(Path.Combine(weights, TimeFile)) ? Seconds(weights) : null;

    private TrainingData DataOf(TrainingDataKind kind)
    {
        if (!_data.TryGetValue(kind, out TrainingData? data))
            _data[kind] = data = PlaygroundData.Of(kind);
        return data;
    }

    private static void Check(string path, Method method, JsonElement options, IReadOnlyDictionary<string, string> inputs)
    {
        RunInfo info = RunFolder.ReadInfo(path);
        string? odd = info.Method != method.Name ? $"a run of {info.Method}"
            : !JsonElement.DeepEquals(info.Options, options) ? "a run with other options"
            : info.Inputs.Any(i => inputs.GetValueOrDefault(i.Key) != i.Value) ? "a run of another model or other data" : null;
        if (odd is not null)
            throw new CirrusException($"'{path}' holds {odd}.", hint: "name another folder with --output, or remove this one");
    }

    private static long Count(string run, string result)
    {
        string checkpoint = Path.Combine(run, RunFolder.Last);
        if (File.Exists(checkpoint))
        {
            using TensorFile state = TensorFile.Open(checkpoint);
            if (state.Tensors.Values.Where(t => t.Name.StartsWith(Moments, StringComparison.Ordinal)).Sum(t => t.Count) is > 0 and var trained)
                return trained;
        }
        if (ClipCheckpoint.IsOne(result))
            return ClipCheckpoint.Inspect(result).Parameters;
        using TensorFile tensors = TensorFile.Open(result);
        return tensors.Tensors.Values.Sum(t => t.Count);
    }

    private static double Seconds(string path)
    {
        try
        {
            string file = Path.Combine(path, TimeFile);
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), RunTimeJson.Default.RunTime)?.Seconds ?? 0 : 0;
        }
        catch (JsonException)
        {
            return 0;
        }
    }

    private static void Keep(string path, double seconds)
    {
        using AtomicFile file = AtomicFile.Create(Path.Combine(path, TimeFile));
        JsonSerializer.Serialize(file.Stream, new(seconds), RunTimeJson.Default.RunTime);
        file.Keep();
    }
}
