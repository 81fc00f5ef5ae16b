namespace Cirrus.Server;

/// <summary>How the server is set up. Defaults, then a file, then CIRRUS_* of the environment, then the command line.</summary>
public sealed class ServerOptions
{
    /// <summary>The usual port.</summary>
    public const int UsualPort = 7411;

    /// <summary>0 takes a free one.</summary>
    public int Port { get; set; } = UsualPort;

    /// <summary>A loopback address unless told otherwise; * is every address.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>Galleries, or folders in or below one.</summary>
    public IList<string> Galleries { get; } = [];

    /// <summary>Galleries that are no folders, opened by the program.</summary>
    public IList<ServedIndex> Indexes { get; } = [];

    /// <summary>
    /// Connection strings of a gallery in PostgreSQL, one a shard. Opening it is the program's business: the server
    /// itself knows no database.
    /// </summary>
    public IList<string> Database { get; } = [];

    /// <summary>The database's schema that holds the gallery.</summary>
    public string DatabaseSchema { get; set; } = "cirrus";

    /// <summary>The folder where the database's pictures lie on this machine.</summary>
    public string? Pictures { get; set; }

    /// <summary>The galleries' CLIP, where it has moved.</summary>
    public string? Model { get; set; }

    /// <summary>Trained weights by the name of their method.</summary>
    public IDictionary<string, string> Weights { get; } = new Dictionary<string, string>();

    /// <summary>A file whose first line is the key that every request must bear.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>The key itself; for the environment, as files are safer.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Names by which this server may be called, beside loopback's and the host's own.</summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>True lets queries name pictures by http and https addresses, never private ones.</summary>
    public bool AllowUrls { get; set; }

    /// <summary>Where traces and numbers go by OTLP; null: nowhere.</summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary>grpc or http/protobuf; null: as the endpoint's port says, of which 4318 is HTTP's.</summary>
    public string? OtlpProtocol { get; set; }

    public ServerLimits Limits { get; } = new();

    /// <summary>Where the CLIP of a gallery is when its manifest does not say; the program's business, not a setting.</summary>
    internal string? ShippedModel { get; set; }

    /// <summary>Between two attempts to load a model.</summary>
    internal TimeSpan TryAgainAfter { get; set; } = TimeSpan.FromSeconds(30);
}
