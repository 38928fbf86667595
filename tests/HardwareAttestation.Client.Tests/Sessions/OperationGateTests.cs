using HardwareAttestation.Client.Sessions;

namespace HardwareAttestation.Client.Tests.Sessions;

public sealed class OperationGateTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly OperationGate _gate = new(new object());

    [Fact]
    public async Task One_operation_runs_at_a_time()
    {
        int running = 0;
        int most = 0;
        Task<int>[] operations = [.. Enumerable.Range(0, 50).Select(number => Task.Run(() => _gate.RunAsync(
            async _ =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await Task.Yield();
                Interlocked.Decrement(ref running);
                return number;
            },
            CancellationToken.None)))];

        (await Task.WhenAll(operations)).Should().Equal(Enumerable.Range(0, 50));
        most.Should().Be(1);
    }

    [Fact]
    public async Task A_caller_who_cancels_has_his_answer_at_once_and_the_next_operation_waits_for_the_end()
    {
        TaskCompletionSource<int> end = NewSource<int>();
        using CancellationTokenSource cancellation = new();
        Task<int> cancelled = _gate.RunAsync(_ => end.Task, cancellation.Token);
        bool begun = false;
        Task<int> next = _gate.RunAsync(
            _ =>
            {
                begun = true;
                return Task.FromResult(2);
            },
            CancellationToken.None);

        await cancellation.CancelAsync();

        await Cancels(cancelled);
        begun.Should().BeFalse("the operation before still cleans up");
        end.SetResult(1);
        (await next.WaitAsync(Patience)).Should().Be(2);
    }

    [Fact]
    public async Task A_result_that_nobody_waits_for_any_more_is_disposed()
    {
        TaskCompletionSource<Result> end = NewSource<Result>();
        using CancellationTokenSource cancellation = new();
        Task<Result> cancelled = _gate.RunAsync(_ => end.Task, cancellation.Token);
        await cancellation.CancelAsync();
        await Cancels(cancelled);
        Result result = new();

        end.SetResult(result);

        await result.Disposed.WaitAsync(Patience);
    }

    [Fact]
    public async Task The_result_of_a_caller_who_waits_is_not_disposed()
    {
        using CancellationTokenSource cancellation = new();
        Result result = await _gate.RunAsync(
            async _ =>
            {
                await Task.Yield();
                return new Result();
            },
            cancellation.Token);

        await cancellation.CancelAsync();

        result.Disposed.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task A_result_is_given_to_its_caller_or_disposed_also_if_it_comes_while_he_cancels()
    {
        // Two threads meet, then one gives the result and the other cancels, each a little earlier or later from round to round.
        const int Rounds = 3000;
        const int Jitters = 40;
        using Barrier start = new(2);
        TaskCompletionSource<Result>[] ends = [.. Enumerable.Range(0, Rounds).Select(_ => new TaskCompletionSource<Result>())];
        Result[] results = [.. ends.Select(_ => new Result())];
        var operations = new Task<Result>[Rounds];
        Task givingResults = Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    start.SignalAndWait();
                    Thread.SpinWait(20 * (i % Jitters));
                    ends[i].SetResult(results[i]);
                }
            },
            TaskCreationOptions.LongRunning);

        // Nothing is awaited before the end: what is awaited here might go on in the other thread, which would then wait for itself.
        for (int i = 0; i < Rounds; i++)
        {
            using CancellationTokenSource cancellation = new();
            OperationGate gate = new(new object());
            TaskCompletionSource<Result> end = ends[i];
            operations[i] = gate.RunAsync(_ => end.Task, cancellation.Token);
            start.SignalAndWait();
            cancellation.Cancel();
        }

        await givingResults;
        for (int i = 0; i < Rounds; i++)
        {
            bool given;
            try
            {
                given = await operations[i].WaitAsync(Patience) == results[i];
            }
            catch (OperationCanceledException)
            {
                given = false;
                await results[i].Disposed.WaitAsync(Patience);
            }

            results[i].Disposed.IsCompleted.Should().Be(!given);
        }
    }

    [Fact]
    public async Task A_caller_who_cancels_in_the_queue_never_begins()
    {
        TaskCompletionSource<int> end = NewSource<int>();
        Task<int> first = _gate.RunAsync(_ => end.Task, CancellationToken.None);
        using CancellationTokenSource cancellation = new();
        bool begun = false;
        Task<int> queued = _gate.RunAsync(
            _ =>
            {
                begun = true;
                return Task.FromResult(2);
            },
            cancellation.Token);

        await cancellation.CancelAsync();

        await Cancels(queued);
        end.SetResult(1);
        (await first.WaitAsync(Patience)).Should().Be(1);
        (await _gate.RunAsync(_ => Task.FromResult(3), CancellationToken.None).WaitAsync(Patience)).Should().Be(3);
        begun.Should().BeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exception_passes_and_the_next_operation_runs(bool atOnce)
    {
        using CancellationTokenSource cancellation = new();
        InvalidOperationException fault = new("It failed.");
        Func<Task> run = () => _gate.RunAsync<int>(
            async _ =>
            {
                if (!atOnce)
                {
                    await Task.Yield();
                }

                throw fault;
            },
            cancellation.Token);

        (await run.Should().ThrowAsync<InvalidOperationException>()).Which.Should().BeSameAs(fault);
        (await _gate.RunAsync(_ => Task.FromResult(1), CancellationToken.None).WaitAsync(Patience)).Should().Be(1);
    }

    [Fact]
    public async Task An_exception_that_comes_after_its_caller_has_gone_harms_nobody()
    {
        TaskCompletionSource<int> end = NewSource<int>();
        using CancellationTokenSource cancellation = new();
        Task<int> cancelled = _gate.RunAsync(_ => end.Task, cancellation.Token);
        await cancellation.CancelAsync();
        await Cancels(cancelled);

        end.SetException(new InvalidOperationException("It failed."));

        (await _gate.RunAsync(_ => Task.FromResult(1), CancellationToken.None).WaitAsync(Patience)).Should().Be(1);
    }

    [Fact]
    public async Task An_operation_sees_its_callers_token()
    {
        using CancellationTokenSource cancellation = new();

        await _gate.RunAsync(token => Task.FromResult(token == cancellation.Token), cancellation.Token).ContinueWith(
            ran => ran.Result.Should().BeTrue(), TaskScheduler.Default);
    }

    [Fact]
    public async Task A_closed_gate_lets_nobody_through()
    {
        bool ran = false;
        await _gate.CloseAsync(() => Task.CompletedTask);
        Func<Task> run = () => _gate.RunAsync(
            _ =>
            {
                ran = true;
                return Task.FromResult(1);
            },
            CancellationToken.None);

        await run.Should().ThrowAsync<ObjectDisposedException>();
        await run.Should().ThrowAsync<ObjectDisposedException>("the gate is not stuck either");
        ran.Should().BeFalse();
    }

    [Fact]
    public async Task Who_was_in_the_queue_before_the_closing_still_runs_and_who_came_after_does_not()
    {
        List<string> order = [];
        TaskCompletionSource<int> end = NewSource<int>();
        Task<int> running = _gate.RunAsync(_ => end.Task, CancellationToken.None);
        Task<int> before = RunAsync("before");
        Task<bool> closing = _gate.CloseAsync(() =>
        {
            order.Add("last");
            return Task.CompletedTask;
        });
        Task<int> after = RunAsync("after");

        end.SetResult(0);

        (await closing.WaitAsync(Patience)).Should().BeTrue();
        (await running).Should().Be(0);
        (await before).Should().Be(1);
        await ((Func<Task>)(() => after)).Should().ThrowAsync<ObjectDisposedException>();
        order.Should().Equal("before", "last");

        Task<int> RunAsync(string name) => _gate.RunAsync(
            _ =>
            {
                order.Add(name);
                return Task.FromResult(1);
            },
            CancellationToken.None);
    }

    [Fact]
    public async Task The_last_operation_runs_once()
    {
        int count = 0;
        bool[] first = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => _gate.CloseAsync(async () =>
        {
            Interlocked.Increment(ref count);
            await Task.Yield();
        }))));

        count.Should().Be(1);
        first.Count(won => won).Should().Be(1);
    }

    [Fact]
    public async Task A_last_operation_that_fails_leaves_the_gate_closed()
    {
        Func<Task> close = () => _gate.CloseAsync(() => throw new InvalidOperationException("It failed."));
        Func<Task> run = () => _gate.RunAsync(_ => Task.FromResult(1), CancellationToken.None);

        await close.Should().ThrowAsync<InvalidOperationException>();
        await run.Should().ThrowAsync<ObjectDisposedException>();
        (await _gate.CloseAsync(() => Task.CompletedTask).WaitAsync(Patience)).Should().BeFalse();
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task Cancels(Task task)
    {
        Func<Task> wait = () => task.WaitAsync(Patience);
        await wait.Should().ThrowAsync<OperationCanceledException>();
    }

    private sealed class Result : IAsyncDisposable
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Disposed => _disposed.Task;

        public ValueTask DisposeAsync()
        {
            _disposed.SetResult();
            return ValueTask.CompletedTask;
        }
    }
}
