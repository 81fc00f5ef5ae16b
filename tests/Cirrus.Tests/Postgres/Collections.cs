namespace Cirrus.Tests.Postgres;

/// <summary>Classes that share the three PGlite servers.</summary>
[CollectionDefinition("pglite")]
public sealed class OnPglite : ICollectionFixture<PgliteServers>;

/// <summary>Classes that share one PostgreSQL server.</summary>
[CollectionDefinition("postgres")]
public sealed class OnPostgres : ICollectionFixture<RealPostgres>;
