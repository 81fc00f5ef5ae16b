using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cirrus.Tensors;
using Cirrus.Tensors.Conformance;

namespace Cirrus.Cli;

/// <summary><c>cirrus selftest</c>: every operation on this machine against float64.</summary>
internal static class SelftestCommand
{
    private static readonly Option<string> On = DeviceOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "print one JSON object instead of a table" };

    public static Command Create()
    {
        Command command = new("selftest", "Check every operation on this machine against float64, and every gradient against differences.")
        {
            On, Json,
        };
        command.SetAction((args, stop) =>
        {
            using Device device = Device.Open(args.GetValue(On)!);
            return Task.FromResult(Run(device, ConformanceTable.For(device), args.InvocationConfiguration.Output, args.GetValue(Json), stop));
        });
        return command.WithExamples("selftest", "selftest --device cpu --json", "selftest --device cuda:0");
    }

    internal static int Run(Device device, IReadOnlyList<ConformanceCase> cases, TextWriter output, bool json, CancellationToken stop)
    {
        List<SelftestRow> rows = [];
        int name = cases.Max(c => c.Operation.Length), size = cases.Max(c => c.Size.Length), passed = 0;
        if (!json)
            output.WriteLine($"{"operation".PadRight(name)}  {"size".PadRight(size)}     error  allowed");
        foreach (ConformanceCase c in cases)
        {
            stop.ThrowIfCancellationRequested();
            ConformanceResult result = c.Run(device);
            passed += result.Passed ? 1 : 0;
            rows.Add(new(c.Operation, c.Size, result.Error, c.Allowed, c.Reason, result.Passed));
            if (!json)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{c.Operation.PadRight(name)}  {c.Size.PadRight(size)}  {Short(result.Error)}  {Short(c.Allowed)}  "
                        + $"{(result.Passed ? "ok" : $"FAILED (allowed are {c.Reason})")}"));
        }
        if (json)
            output.WriteLine(JsonSerializer.Serialize(new(device.Name, passed, rows.Count - passed, rows), SelftestJson.Default.SelftestReport));
        else
            output.WriteLine($"{passed} passed, {rows.Count - passed} failed");
        return passed == rows.Count ? ExitCode.Done : ExitCode.UserError;
    }

    private static string Short(double error) =>
        (error == 0 ? "0" : double.IsFinite(error) ? error.ToString("0.0e+00", CultureInfo.InvariantCulture) : "infinite").PadLeft(8);
}

internal sealed record SelftestRow(string Operation, string Size, double Error, double Allowed, string Reason, bool Passed);

internal sealed record SelftestReport(string Device, int Passed, int Failed, IReadOnlyList<SelftestRow> Cases);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(SelftestReport))]
internal sealed partial class SelftestJson : JsonSerializerContext;
