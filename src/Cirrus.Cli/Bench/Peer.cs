using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Cirrus.Tensors;

namespace Cirrus.Cli.Bench;

/// <summary>A program to compare with: it is run, and a rate is read from what it prints.</summary>
internal static class Peer
{
    /// <exception cref="CirrusException">It did not start or failed.</exception>
    public static string Output(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            throw new CirrusException("--peer names no command.", hint: "give a command line in quotes");
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true })
                ?? throw new CirrusException($"'{command}' did not start.", hint: "check the command after --peer");
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? text
                : throw new CirrusException($"'{command}' ended with code {process.ExitCode}.", hint: "run it alone to see why");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CirrusException($"'{command}' did not start: {e.Message}", hint: "check the command after --peer");
        }
    }

    /// <summary>The number before <paramref name="unit"/> in the first line that holds <paramref name="mark"/>.</summary>
    /// <exception cref="CirrusException">There is none.</exception>
    public static double Rate(string output, string mark, string unit)
    {
        foreach (string line in output.Split('\n'))
            if (line.Contains(mark, StringComparison.Ordinal) && Regex.Match(line, @"([0-9.]+) " + Regex.Escape(unit)) is { Success: true } match)
                return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        throw new CirrusException($"The peer printed no '{mark} N {unit}'.", hint: "check the command after --peer");
    }
}
