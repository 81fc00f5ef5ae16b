using Cirrus.Server.Settings;

namespace Cirrus.Cli;

/// <summary>Settings as a table: name, value, source, meaning.</summary>
internal static class ConfigText
{
    public static void Write(TextWriter output)
    {
        foreach (SettingValue value in ServerSettings.Read(null, Environment.GetEnvironmentVariable, new Dictionary<string, string>()).Values)
            output.WriteLine($"{value.Setting.Name,-26}{value.Value ?? "-",-22}{value.Source,-14}{value.Setting.Meaning}");
    }
}
