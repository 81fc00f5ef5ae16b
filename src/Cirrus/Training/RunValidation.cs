namespace Cirrus.Training;

/// <summary>Measures a network in training by what it is for, and not by its loss: the run keeps the best.</summary>
/// <param name="Every">steps between two measurements; the last step's network is measured too.</param>
/// <param name="Measure">(file of the network as it is, stop) → scores by name: the more the better, and the first decides.</param>
public sealed record RunValidation(int Every, Func<string, CancellationToken, IReadOnlyList<KeyValuePair<string, double>>> Measure)
{
    /// <summary>A step that is measured too, as in LinCIR's released code: with large CLIPs the best comes early (methods: 2.6).</summary>
    public const int Early = 50;

    internal bool IsDue(int step, int last) => step > 0 && (step % Every == 0 || step == Early || step == last);
}
