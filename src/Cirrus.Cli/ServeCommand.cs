using System.CommandLine;
using Cirrus.Gallery;
using Cirrus.Methods;
using Cirrus.Playground;
using Cirrus.Server;

namespace Cirrus.Cli;

/// <summary><c>cirrus serve photos</c>: the page and the API.</summary>
internal static class ServeCommand
{
    private static readonly Argument<string[]> Folders = new("folder") { Description = "galleries, or folders in or below one; else the one here or above", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int?> Port = new("--port", "-p") { Description = $"{ServerOptions.UsualPort} unless set; 0 takes a free one" };
    private static readonly Option<string?> Host = new("--host") { Description = "the address to listen at: 127.0.0.1, which only this machine reaches, unless set; * is every address" };
    private static readonly Option<string?> Model = new("--model", "-m") { Description = "the galleries' CLIP, where it has moved" };
    private static readonly Option<string[]> Weights = GivenWeights.Option();
    private static readonly Option<string?> KeyFile = new("--api-key-file") { Description = "a file whose first line is the key that every request must bear" };
    private static readonly Option<bool> Open = new("--open") { Description = "open the page in a browser" };

    public static Command Create()
    {
        Command command = new("serve", "Serve a page and an API for searching galleries.") { Folders, Port, Host, Model, Weights, KeyFile, Open };
        Port.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int port) && port is < 0 or > 65535)
                result.AddError("--port is from 0 to 65535.");
        });
        command.SetAction(Run);
        return command.WithExamples("serve photos", "serve photos --open", "serve photos holidays --port 8080", "serve photos --host 0.0.0.0 --api-key-file key.txt");
    }

    private static async Task<int> Run(ParseResult args, CancellationToken stop)
    {
        TextWriter output = args.InvocationConfiguration.Output, error = args.InvocationConfiguration.Error;
        ServerOptions options = new() { Model = args.GetValue(Model), ApiKeyFile = args.GetValue(KeyFile) };
        options.Port = args.GetValue(Port) ?? options.Port;
        options.Host = args.GetValue(Host) ?? options.Host;
        GivenWeights weights = new(args.GetValue(Weights), named: true);
        foreach (string method in weights.Names)
            options.Weights[method] = weights.Of(Method.Find(method))!;
        foreach (string folder in args.GetValue(Folders) ?? [])
            options.Galleries.Add(folder);
        return await Serve(options, args.GetValue(Open), output, error, stop);
    }

    internal static async Task<int> Serve(ServerOptions options, bool open, TextWriter output, TextWriter error, CancellationToken stop)
    {
        options.ShippedModel = PlaygroundClip.Folder;
        if (options.Model == ModelPlace.Shipped && !Path.Exists(ModelPlace.Shipped))
            options.Model = PlaygroundClip.Folder;
        if (options.Galleries.Count == 0)
            if (GalleryFolder.Find(".") is string here)
                options.Galleries.Add(here);
            else
                await error.WriteLineAsync("there is no gallery here; make one: cirrus index FOLDER");
        await using CirrusServer server = await CirrusServer.StartAsync(options, stop);
        await output.WriteLineAsync(server.Address);
        foreach ((string route, string summary) in server.Routes)
            await output.WriteLineAsync($"  {route,-50} {summary}");
        await output.WriteLineAsync("Ctrl-C ends it.");
        await output.FlushAsync(CancellationToken.None);
        if (open && !Browser.TryOpen(server.Address))
            await error.WriteLineAsync("no browser was found; open the address above");
        await server.RunAsync(stop);
        return ExitCode.Done;
    }
}
