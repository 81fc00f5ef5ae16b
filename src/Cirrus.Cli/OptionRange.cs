using System.CommandLine;
using System.Globalization;

namespace Cirrus.Cli;

internal static class OptionRange
{
    /// <summary>A value out of the range is an error of the command line; one that is no number is told by the parser.</summary>
    public static Option<T> From<T>(this Option<T> option, double least, double most = double.PositiveInfinity)
    {
        option.Validators.Add(result =>
        {
            foreach (string text in result.Tokens.Select(t => t.Value))
                if (double.TryParse(text, CultureInfo.InvariantCulture, out double value) && !(value >= least && value <= most))
                    result.AddError(string.Create(CultureInfo.InvariantCulture,
                        $"{option.Name} is {(double.IsFinite(most) ? $"from {least} to {most}" : $"{least} or more")}."));
        });
        return option;
    }
}
