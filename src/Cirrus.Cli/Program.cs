using Cirrus.Tensors;

namespace Cirrus.Cli;

/// <summary>The door: parses, runs one verb, turns errors into <c>error:</c> and <c>hint:</c> lines and exit codes.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        try
        {
            return await Verbs.Invoke(args, Console.Out, Console.Error);
        }
        catch (CirrusException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}\nhint: {CommandName.In(e.Hint)}");
            return ExitCode.UserError;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}\nhint: check that the place is there, may be read and written, and has room");
            return ExitCode.UserError;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"error: this is a bug in cirrus: {e.Message}\n{e}");
            await Console.Error.WriteLineAsync("hint: please report it with the lines above");
            return ExitCode.UserError;
        }
    }
}
