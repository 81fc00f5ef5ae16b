using Cirrus.Postgres;
using Cirrus.Tensors;
using Npgsql;

namespace Cirrus.Tests.Postgres;

public sealed class DatabasePlaceTests
{
    [Fact]
    public void An_address_says_the_same_as_a_connection_string()
    {
        NpgsqlConnectionStringBuilder parts = DatabasePlace
            .Parse("postgres://ann:p%40ss%3Bword@db.example:5433/my%20gallery?sslmode=verify-full&Maximum%20Pool%20Size=7");
        Assert.Equal(("db.example", 5433, "my gallery", "ann", "p@ss;word"),
            (parts.Host, parts.Port, parts.Database, parts.Username, parts.Password));
        Assert.Equal((SslMode.VerifyFull, 7), (parts.SslMode, parts.MaxPoolSize));
        Assert.Equal("h:5432/d", DatabasePlace.Show("Host=h;Database=d;Username=u;Password=secret"));
        Assert.Equal("h:5432/u", DatabasePlace.Show("postgresql://u:secret@h"));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("Host=h;Password=a;secret=b")]
    [InlineData("Host=h;Port=secret")]
    [InlineData("Password=secret")]
    [InlineData("postgres://u:secret@h:99999999/d")]
    [InlineData("postgres://h/d?secret=secret")]
    public void What_cannot_be_read_is_not_repeated(string connection)
    {
        CirrusException error = Assert.Throws<CirrusException>(() => DatabasePlace.Show(connection));
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cirrus")]
    [InlineData("a b")]
    [InlineData("x;drop")]
    [InlineData("cirrus\n")]
    [InlineData("pg_mine")]
    [InlineData("")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890123x")]
    public void A_schema_has_a_plain_name(string name) => Assert.Throws<CirrusException>(() => PostgresTables.CheckedSchema(name));

    /// <summary>Rows lie where these numbers put them: another hash would lose every gallery that is written.</summary>
    [Theory]
    [InlineData("", 700)]
    [InlineData("holiday/a.jpg", 408)]
    [InlineData("Übersicht/é.png", 165)]
    public void A_path_belongs_to_the_same_shard_for_ever(string path, int shard) => Assert.Equal(shard, ShardOf.Path(path, 1000));

    [Fact]
    public void Shards_get_about_equal_shares()
    {
        int[] counts = new int[3];
        for (int i = 0; i < 30_000; i++)
            counts[ShardOf.Path($"pictures/IMG_{i:D5}.jpg", 3)]++;
        Assert.All(counts, c => Assert.InRange(c, 9_700, 10_300)); // three standard deviations are 245
    }
}
