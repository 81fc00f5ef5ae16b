namespace Cirrus.Cli;

internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Something the user can mend.</summary>
    public const int UserError = 1;

    public const int Usage = 2;

    public const int NothingFound = 3;

    public const int Interrupted = 130;
}
