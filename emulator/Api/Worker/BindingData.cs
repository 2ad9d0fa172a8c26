using Microsoft.Azure.Functions.Worker.Context.Features;

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>An input's value; setting it changes what the function gets.</summary>
    public abstract class InputBindingData<T>
    {
        public abstract BindingMetadata BindingMetadata { get; }

        public abstract T? Value { get; set; }
    }

    /// <summary>An output's value; setting it changes what is sent.</summary>
    public abstract class OutputBindingData<T>
    {
        public abstract T? Value { get; set; }

        public abstract string Name { get; }

        public abstract string BindingType { get; }
    }

    /// <summary>What the function returned; setting it changes the result.</summary>
    public abstract class InvocationResult<T>
    {
        public abstract T? Value { get; set; }
    }

    /// <inheritdoc/>
    public abstract class InvocationResult : InvocationResult<object>;

    /// <summary>Lets middleware see and change what goes into and comes out of a function.</summary>
    public static class FunctionContextBindingFeatureExtensions
    {
        /// <exception cref="InvalidOperationException">The input is no <typeparamref name="T"/>.</exception>
        public static async ValueTask<InputBindingData<T>> BindInputAsync<T>(
            this FunctionContext context, BindingMetadata bindingMetadata)
        {
            ArgumentNullException.ThrowIfNull(bindingMetadata);
            var values = Values(context);
            return new Input<T>(values, bindingMetadata, Cast<T>(await values.BindInputAsync(bindingMetadata.Name), "input"));
        }

        /// <exception cref="InvalidOperationException">The result is no <typeparamref name="T"/>.</exception>
        public static InvocationResult<T> GetInvocationResult<T>(this FunctionContext context)
        {
            var values = Values(context);
            Cast<T>(values.Result, "invocation result");
            return new Result<T>(values);
        }

        public static InvocationResult GetInvocationResult(this FunctionContext context) => new Result(Values(context));

        /// <summary>The outputs whose values are a <typeparamref name="T"/>; none before the function has run.</summary>
        public static IEnumerable<OutputBindingData<T>> GetOutputBindings<T>(this FunctionContext context)
        {
            var values = Values(context);
            foreach (var (name, type) in values.Outputs)
            {
                if (values.GetOutput(name) is T)
                    yield return new Output<T>(values, name, type);
            }
        }

        private static IInvocationValues Values(FunctionContext context)
        {
            ArgumentNullException.ThrowIfNull(context);
            return context.Features.Get<IInvocationValues>()
                ?? throw new InvalidOperationException("The function context does not come from this host.");
        }

        private static T? Cast<T>(object? value, string what) => value switch
        {
            null => default,
            T typed => typed,
            _ => throw new InvalidOperationException($"Requested type '{typeof(T)}', but the {what} is a '{value.GetType()}'."),
        };

        private sealed class Input<T>(IInvocationValues values, BindingMetadata metadata, T? initial) : InputBindingData<T>
        {
            public override BindingMetadata BindingMetadata => metadata;

            public override T? Value
            {
                get;
                set
                {
                    field = value;
                    values.SetInput(metadata.Name, value);
                }
            }

            = initial;
        }

        private sealed class Output<T>(IInvocationValues values, string name, string type) : OutputBindingData<T>
        {
            public override string Name => name;

            public override string BindingType => type;

            public override T? Value
            {
                get => (T?)values.GetOutput(name);
                set => values.SetOutput(name, value);
            }
        }

        private sealed class Result<T>(IInvocationValues values) : InvocationResult<T>
        {
            public override T? Value
            {
                get => (T?)values.Result;
                set => values.Result = value;
            }
        }

        private sealed class Result(IInvocationValues values) : InvocationResult
        {
            public override object? Value
            {
                get => values.Result;
                set => values.Result = value;
            }
        }
    }
}

namespace Microsoft.Azure.Functions.Worker.Context.Features
{
    /// <summary>Binds a function's parameters; called twice it gives the same values.</summary>
    public interface IFunctionInputBindingFeature
    {
        ValueTask<FunctionInputBindingResult> BindFunctionInputAsync(FunctionContext context);
    }

    /// <summary>The values in the parameters' order; changing one changes what the function gets.</summary>
    public class FunctionInputBindingResult(object?[] values)
    {
        public object?[] Values { get; } = values;
    }

    /// <summary>
    /// What goes into and comes out of one invocation. The host puts it among the invocation's features; the extension
    /// methods on <see cref="FunctionContext"/> are its only users.
    /// </summary>
    internal interface IInvocationValues
    {
        object? Result { get; set; }

        /// <summary>Name and binding type of each output.</summary>
        IEnumerable<(string Name, string BindingType)> Outputs { get; }

        /// <returns>Null before the function has run.</returns>
        object? GetOutput(string name);

        void SetOutput(string name, object? value);

        /// <param name="name">The parameter's name.</param>
        ValueTask<object?> BindInputAsync(string name);

        void SetInput(string name, object? value);
    }
}
