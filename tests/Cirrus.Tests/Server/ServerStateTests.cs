using System.Text.Json;
using Cirrus.Methods.LinCir;
using Cirrus.Server;
using Cirrus.Tensors;

namespace Cirrus.Tests.Server;

/// <summary>What a server answers that lacks something: weights, its model.</summary>
public sealed class ServerStateTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Weights_that_are_not_there_damaged_or_of_another_model_are_a_conflict()
    {
        ServedGallery.Make(_folder.At("photos"), 2);
        File.WriteAllText(_folder.At("damaged.safetensors"), "no weights");
        using (Device device = Device.Open("cpu"))
        using (MappingNetwork phi = MappingNetwork.Random(device, 16, 32, new(1, 1)))
            MappingNetworkFile.Save(phi, _folder.At("other.safetensors"));
        foreach (string weights in new[] { "nothing", "damaged", "other" })
        {
            ServerOptions options = new() { Port = 0, Weights = { ["lincir"] = _folder.At(weights + ".safetensors") } };
            options.Galleries.Add(_folder.At("photos"));
            await using CirrusServer server = await CirrusServer.StartAsync(options, Stop);
            using HttpClient client = new() { BaseAddress = new(server.Address) };
            foreach (string method in new[] { "", """, "method": "lincir" """ })
            {
                using HttpResponseMessage answer = await client.PostAsync("/v1/search", new StringContent($$"""{"images": [{"id": 1}], "text": "at night"{{method}}}""", null, "application/json"), Stop);
                JsonElement problem = await ServedGallery.Json(answer);
                Assert.Equal((409, "weights_mismatch"), ((int)answer.StatusCode, problem.GetProperty("code").GetString()));
                Assert.NotEmpty(problem.GetProperty("hint").GetString()!);
            }
        }
    }
}
