using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cirrus.Tensors;
using Cirrus.Training;

namespace Cirrus.Playground;

/// <summary>A line of bars.jsonl.</summary>
public sealed record ClipBarsLine(int Step, double Minutes, double Loss, double SamplesPerSecond, ClipBars Bars);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClipBarsLine))]
internal sealed partial class ClipBarsJson : JsonSerializerContext;

/// <summary>A training of the small CLIP as a folder: log.jsonl, bars.jsonl, a checkpoint every few minutes, and model/ beside it.</summary>
public static class ClipTrainingRun
{
    private const string Method = "playground-clip", Bars = "bars.jsonl", Model = "model";

    /// <summary>Trains, or goes on with what is in the folder, until steps or minutes are over or <paramref name="stop"/> asks to end.</summary>
    /// <param name="options">of a new run; a resumed one keeps its own.</param>
    /// <param name="command">as typed, to travel with the weights.</param>
    /// <param name="report">a line for people, every few seconds.</param>
    /// <exception cref="OperationCanceledException">Asked to stop; a checkpoint has been written.</exception>
    public static ClipBars Train(string folder, ClipTrainingOptions options, bool resume, Device device, string command,
        Action<string> report, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(report);
        Dictionary<string, string> inputs = [];
        using RunFolder run = resume
            ? RunFolder.Resume(folder, Method, inputs)
            : RunFolder.Create(folder, Method, JsonSerializer.SerializeToElement(options, ClipTrainingJson.Default.ClipTrainingOptions), inputs);
        if (resume)
            options = run.Info.Options.Deserialize(ClipTrainingJson.Default.ClipTrainingOptions)!;
        using ClipTrainer trainer = new(options, device);
        if (resume && File.Exists(run.At(RunFolder.Last)))
        {
            IReadOnlyDictionary<string, string> facts = StateFile.Load(run.At(RunFolder.Last), trainer.State());
            trainer.Resumed(int.Parse(facts["step"], CultureInfo.InvariantCulture), double.Parse(facts["minutes"], CultureInfo.InvariantCulture));
            run.RewindLog(trainer.Step);
        }
        ClipBars bars = Loop(run, trainer, command, report, stop);
        return bars;
    }

    private static ClipBars Loop(RunFolder run, ClipTrainer trainer, string command, Action<string> report, CancellationToken stop)
    {
        double saved = trainer.Minutes, seconds = 0, loss = 0;
        int steps = 0;
        ClipBars? bars = null;
        while (!trainer.Done && !stop.IsCancellationRequested)
        {
            ClipStep step = trainer.Next();
            seconds += step.Seconds;
            loss += step.Loss;
            steps++;
            bool measure = step.Step % trainer.Options.BarsEvery == 0;
            if (step.Step % 25 == 0 || measure)
            {
                double rate = steps * trainer.Options.Batch / seconds;
                run.Log(new(step.Step, (float)(loss / steps), step.LearningRate, rate));
                report($"step {step.Step}  {trainer.Minutes:F1} min  loss {loss / steps:F3}  {rate:F0} samples/s");
                if (measure)
                    bars = Measure(run, trainer, loss / steps, rate, report);
                (seconds, loss, steps) = (0, 0, 0);
            }
            if (trainer.Minutes - saved >= trainer.Options.CheckpointMinutes)
            {
                Save(run, trainer, command, bars);
                saved = trainer.Minutes;
            }
        }
        bars = Measure(run, trainer, steps > 0 ? loss / steps : 0, seconds > 0 ? steps * trainer.Options.Batch / seconds : 0, report);
        Save(run, trainer, command, bars);
        stop.ThrowIfCancellationRequested();
        return bars;
    }

    private static ClipBars Measure(RunFolder run, ClipTrainer trainer, double loss, double rate, Action<string> report)
    {
        ClipBars b = ClipBars.Measure(trainer.Clip, trainer.Options.Seed + 1000);
        ClipBarsLine line = new(trainer.Step, Math.Round(trainer.Minutes, 2), Math.Round(loss, 4), Math.Round(rate, 1), b);
        File.AppendAllText(run.At(Bars), JsonSerializer.Serialize(line, ClipBarsJson.Default.ClipBarsLine) + "\n");
        report($"step {trainer.Step}  recall@1 {b.Recall:P1}  style {b.Style:P1}  colour {b.Colour:P1}  background {b.Backdrop:P1}  "
            + $"kind {b.Kind:P1}  fill {b.Fill:P1}  size {b.Size:P1}");
        return b;
    }

    private static void Save(RunFolder run, ClipTrainer trainer, string command, ClipBars? bars)
    {
        Dictionary<string, string> facts = new()
        {
            ["step"] = trainer.Step.ToString(CultureInfo.InvariantCulture),
            ["minutes"] = trainer.Minutes.ToString("R", CultureInfo.InvariantCulture),
            ["command"] = command,
            ["seed"] = trainer.Options.Seed.ToString(CultureInfo.InvariantCulture),
            ["options"] = OptionText.Print(trainer.Options, ClipTrainingJson.Default.ClipTrainingOptions),
        };
        if (bars is not null)
            facts["bars"] = JsonSerializer.Serialize(new(trainer.Step, Math.Round(trainer.Minutes, 2), 0, 0, bars),
                ClipBarsJson.Default.ClipBarsLine);
        StateFile.Save(run.At(RunFolder.Last), trainer.State(), facts);
        trainer.Clip.Save(run.At(Model), StoredType.F16, facts);
    }
}
