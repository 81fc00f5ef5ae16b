using System.Net;
using System.Net.Sockets;

namespace Cirrus.Tests.Postgres;

/// <summary>Stands between a client and a server, and can fall silent or refuse, as a machine or a network does.</summary>
internal sealed class LameProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _server;
    private readonly List<TcpClient> _clients = [];
    private volatile bool _silent;

    public LameProxy(int server)
    {
        _server = server;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>From now on nothing that comes is handed on.</summary>
    public void FallSilent() => _silent = true;

    public void Speak() => _silent = false;

    /// <summary>Breaks what is open and takes no more.</summary>
    public void Refuse()
    {
        _listener.Stop();
        lock (_clients)
            foreach (TcpClient client in _clients)
                client.Dispose();
    }

    public void Dispose()
    {
        _end.Cancel();
        Refuse();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token), server = new();
                lock (_clients)
                    _clients.AddRange([client, server]);
                await server.ConnectAsync(IPAddress.Loopback, _server, _end.Token);
                _ = PumpAsync(client.GetStream(), server.GetStream());
                _ = PumpAsync(server.GetStream(), client.GetStream());
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        byte[] buffer = new byte[16384];
        try
        {
            while (await from.ReadAsync(buffer, _end.Token) is int read and > 0)
            {
                while (_silent)
                    await Task.Delay(20, _end.Token);
                await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }
            to.Close();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            to.Dispose();
        }
    }
}
