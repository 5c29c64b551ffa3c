// Talks to the mock with OpenAI's Node SDK, at the base URL given as the argument, and prints what it got as JSON.

import OpenAI from 'openai';

const [baseURL] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'node-key', maxRetries: 0 });

const model = 'gpt-4o';
const user = content => ({ role: 'user', content });
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { type: 'string' } },
  required: ['city', 'unit'],
};
const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
const temperature = { Paris: '18', Oslo: '7' };

async function chat() {
  const { data, response, request_id } = await client.chat.completions
    .create({ model, messages: [user('Hello')] })
    .withResponse();
  const [{ message, finish_reason }] = data.choices;
  return {
    content: message.content,
    finish_reason,
    model: data.model,
    total: data.usage.total_tokens === data.usage.prompt_tokens + data.usage.completion_tokens,
    flow: response.headers.get('x-mock-response'),
    request_id: typeof request_id,
  };
}

async function stream() {
  const events = await client.chat.completions.create({
    model,
    messages: [user('Hello')],
    stream: true,
    stream_options: { include_usage: true },
  });
  const ids = new Set();
  let content = '';
  let chunks = 0;
  let usage = null;
  let finish_reason = null;
  for await (const chunk of events) {
    ids.add(chunk.id);
    chunks += 1;
    content += chunk.choices[0]?.delta?.content ?? '';
    finish_reason = chunk.choices[0]?.finish_reason ?? finish_reason;
    usage = chunk.usage ?? usage;
  }
  return { content, finish_reason, ids: ids.size, several: chunks > 4, completion_tokens: usage.completion_tokens };
}

// The SDK's own reader of streams puts the pieces together and checks them.
async function accumulated() {
  const runner = client.chat.completions.stream({ model, messages: [user('Hello')] });
  const pieces = [];
  runner.on('content', delta => pieces.push(delta));
  const { choices } = await runner.finalChatCompletion();
  return { content: choices[0].message.content, pieces: pieces.join('') };
}

async function toolLoop() {
  const messages = [user("What's the weather?")];
  const first = await client.chat.completions.create({ model, messages, tools });
  const { message, finish_reason } = first.choices[0];
  messages.push(message);
  for (const call of message.tool_calls) {
    const { city } = JSON.parse(call.function.arguments);
    messages.push({ role: 'tool', tool_call_id: call.id, content: temperature[city] });
  }
  const second = await client.chat.completions.create({ model, messages, tools });
  const { content, tool_calls = null } = second.choices[0].message;
  return { calls: message.tool_calls, finish_reason, content, tool_calls };
}

async function toolStream() {
  const runner = client.chat.completions.stream({ model, messages: [user("What's the weather?")], tools });
  const message = await runner.finalMessage();
  const { choices } = await runner.finalChatCompletion();
  return { calls: message.tool_calls, finish_reason: choices[0].finish_reason };
}

// The pieces as they come: a head with the name, then fragments of the arguments, each with its index.
async function toolFragments() {
  const events = await client.chat.completions.create({
    model,
    messages: [user("What's the weather?")],
    tools,
    stream: true,
  });
  const calls = [];
  for await (const chunk of events) {
    for (const { index, id, function: piece } of chunk.choices[0]?.delta?.tool_calls ?? []) {
      calls[index] ??= { id, name: piece.name, arguments: '' };
      calls[index].arguments += piece.arguments;
    }
  }
  return calls;
}

async function runTools(stream) {
  const asked = [];
  const runner = client.chat.completions.runTools({
    model,
    stream,
    messages: [user("What's the weather?")],
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          parameters,
          parse: JSON.parse,
          function: ({ city }) => {
            asked.push(city);
            return temperature[city];
          },
        },
      },
    ],
  });
  return { content: await runner.finalContent(), asked };
}

async function failure(call) {
  try {
    await call();
    return null;
  } catch (error) {
    const { status, code, type } = error;
    const kinds = [OpenAI.AuthenticationError, OpenAI.BadRequestError, OpenAI.NotFoundError];
    return {
      kind: kinds.find(kind => error instanceof kind)?.name ?? error.constructor.name,
      status,
      code,
      type,
      message: error.message.split('\n')[0],
      nearest: error.error?.nearest?.[0]?.id ?? null,
    };
  }
}

async function models() {
  const ids = [];
  for await (const { id } of client.models.list()) ids.push(id);
  const { id, object } = await client.models.retrieve('gpt-4o-mini');
  return { ids, one: { id, object } };
}

const results = {
  chat: await chat(),
  stream: await stream(),
  accumulated: await accumulated(),
  tool_loop: await toolLoop(),
  tool_stream: await toolStream(),
  tool_fragments: await toolFragments(),
  run_tools: await runTools(false),
  run_tools_streamed: await runTools(true),
  models: await models(),
  bad_key: await failure(() => new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 }).models.list()),
  miss: await failure(() => client.chat.completions.create({ model, messages: [user('Helo')] })),
  miss_streamed: await failure(() => client.chat.completions.create({ model, messages: [user('Helo')], stream: true })),
  no_such_model: await failure(() => client.models.retrieve('gpt-none')),
};
console.log(JSON.stringify(results));
