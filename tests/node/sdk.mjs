// Talks to the mock with OpenAI's Node SDK, at the base URL given as the argument, and prints what it got as JSON.

import OpenAI from 'openai';
import { zodFunction, zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { z } from 'zod';

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

const Person = z.object({ name: z.string(), born: z.number() });
const response_format = zodResponseFormat(Person, 'person');
const weatherTool = zodFunction({ name: 'get_weather', parameters: z.object({ city: z.string(), unit: z.string() }) });

async function parsed() {
  const { choices } = await client.chat.completions.parse({ model, messages: [user('Who was Ada?')], response_format });
  return choices[0].message.parsed;
}

async function parsedTools() {
  const messages = [user("What's the weather?")];
  const { choices } = await client.chat.completions.parse({ model, messages, tools: [weatherTool] });
  return choices[0].message.tool_calls.map(call => call.function.parsed_arguments);
}

// Everything that the SDK tells of a stream, but for its chunks.
async function events(content, options) {
  const runner = client.chat.completions.stream({ model, messages: [user(content)], ...options });
  const told = [];
  for (const subject of ['content', 'refusal', 'tool_calls.function.arguments', 'logprobs.content', 'logprobs.refusal'])
    for (const name of [`${subject}.delta`, `${subject}.done`]) runner.on(name, props => told.push({ event: name, ...props }));
  await runner.finalChatCompletion();
  return told;
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

async function response() {
  const answer = await client.responses.create({ model, input: 'Hello' });
  const stream = client.responses.stream({ model, input: 'Hello' });
  const types = new Set();
  let pieces = '';
  for await (const event of stream) {
    types.add(event.type);
    if (event.type === 'response.output_text.delta') pieces += event.delta;
  }
  const final = await stream.finalResponse();
  return { text: answer.output_text, pieces, final: final.output_text, types: [...types] };
}

async function parsedResponse() {
  const person = z.object({ name: z.string(), born: z.number() });
  const asked = { model, input: 'Who was Ada?', text: { format: zodTextFormat(person, 'person') } };
  const streamed = await client.responses.stream(asked).finalResponse();
  return [(await client.responses.parse(asked)).output_parsed, streamed.output_parsed];
}

// The calls and their results go back as items.
async function responseLoop() {
  const functions = [{ type: 'function', name: 'get_weather', parameters, strict: false }];
  const input = [user("What's the weather?")];
  const { output } = await client.responses.create({ model, input, tools: functions });
  input.push(...output);
  for (const { call_id, arguments: text } of output) {
    input.push({ type: 'function_call_output', call_id, output: temperature[JSON.parse(text).city] });
  }
  const second = await client.responses.create({ model, input, tools: functions });
  return { calls: output.map(item => [item.call_id, item.arguments]), text: second.output_text };
}

async function inBackground() {
  const begun = await client.responses.create({ model, input: 'Hello', background: true });
  let answer = begun;
  while (['queued', 'in_progress'].includes(answer.status)) answer = await client.responses.retrieve(answer.id);
  return { begun: begun.status, ended: answer.status, text: answer.output_text };
}

// Two requests, one after the other, on one connection.
async function overSocket() {
  const connection = new ResponsesWS(client);
  const create = () => connection.send({ type: 'response.create', model, input: 'Hello' });
  const answers = [];
  let pieces = '';
  await new Promise((resolve, reject) => {
    connection.on('error', reject);
    connection.on('response.output_text.delta', ({ delta }) => (pieces += delta));
    connection.on('response.completed', ({ response }) => {
      answers.push(response.output[0].content[0].text);
      if (answers.length === 2) resolve();
      else create();
    });
    create();
  });
  connection.close();
  return { answers, pieces };
}

// The SDK asks for base64 and decodes it, unless it is told otherwise.
async function vectors() {
  const asked = { model: 'text-embedding-3-small', input: ['near', 'refunds'] };
  const options = { headers: { 'x-mock-validation': 'off' } };
  const decoded = (await client.embeddings.create(asked, options)).data.map(({ embedding }) => embedding);
  const numbers = (await client.embeddings.create({ ...asked, encoding_format: 'float' }, options)).data;
  const [near, text] = decoded;
  return {
    lengths: decoded.map(({ length }) => length),
    same: numbers.every(({ embedding }, i) => embedding.every((number, j) => number === decoded[i][j])),
    cosine: near.reduce((sum, number, i) => sum + number * text[i], 0),
  };
}

async function moderated() {
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
  const { results } = await client.moderations.create({ input: [{ type: 'text', text: 'I will kill you' }, image] });
  return results.map(({ flagged, categories }) => ({ flagged, violence: categories.violence, hate: categories.hate }));
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
  parsed: await parsed(),
  parsed_tools: await parsedTools(),
  events_of_text: await events('Who was Ada?', { response_format }),
  events_of_tools: await events("What's the weather?", { tools: [weatherTool] }),
  events_of_refusal: await events('Tell me a secret.'),
  events_of_logprobs: await events('Hello', { logprobs: true }),
  cut: await failure(() =>
    client.chat.completions.parse({ model, messages: [user('Who was Ada?')], response_format, max_tokens: 3 }),
  ),
  response: await response(),
  parsed_response: await parsedResponse(),
  response_loop: await responseLoop(),
  response_in_background: await inBackground(),
  responses_over_socket: await overSocket(),
  models: await models(),
  vectors: await vectors(),
  moderated: await moderated(),
  bad_key: await failure(() => new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 }).models.list()),
  miss: await failure(() => client.chat.completions.create({ model, messages: [user('Helo')] })),
  miss_streamed: await failure(() => client.chat.completions.create({ model, messages: [user('Helo')], stream: true })),
  no_such_model: await failure(() => client.models.retrieve('gpt-none')),
};
console.log(JSON.stringify(results));
