// Talks to the mock with the Vercel AI SDK, at the base URL given as the argument, and prints what it got as JSON.
// Its OpenAI provider speaks Responses, unless it is asked for a chat model.

import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, Output, generateObject, generateText, stepCountIs, streamObject, streamText, tool } from 'ai';
import { z } from 'zod';

const [baseURL] = process.argv.slice(2);
const openai = createOpenAI({ baseURL, apiKey: 'node-key' });
const degrees = { Paris: 18, Oslo: 7 };
const schema = z.object({ name: z.string(), born: z.number() });

// All options of an agent with one tool, which notes the cities that it is asked for.
function weather(model, asked) {
  const get_weather = tool({
    description: 'Say how warm a city is.',
    inputSchema: z.object({ city: z.string(), unit: z.string() }),
    execute: ({ city }) => {
      asked.push(city);
      return degrees[city];
    },
  });
  return { model, prompt: "What's the weather?", tools: { get_weather }, stopWhen: stepCountIs(5), maxRetries: 0 };
}

async function all(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

async function text(model) {
  const { text, finishReason, usage, warnings } = await generateText({ model, prompt: 'Hello', maxRetries: 0 });
  return { text, finishReason, counted: usage.inputTokens + usage.outputTokens === usage.totalTokens, warnings };
}

async function streamed(model) {
  const result = streamText({ model, prompt: 'Hello', maxRetries: 0 });
  const pieces = await all(result.textStream);
  const { outputTokens } = await result.usage;
  return { text: pieces.join(''), several: pieces.length > 5, finishReason: await result.finishReason, outputTokens };
}

async function loop(model) {
  const asked = [];
  const { text, steps } = await generateText(weather(model, asked));
  return { text, finishReasons: steps.map(step => step.finishReason), asked };
}

async function streamedLoop(model) {
  const asked = [];
  const result = streamText(weather(model, asked));
  const types = new Set((await all(result.fullStream)).map(part => part.type));
  const steps = await result.steps;
  return { text: await result.text, finishReasons: steps.map(step => step.finishReason), asked, types: [...types] };
}

async function objects(model) {
  const asked = { model, prompt: 'Who was Ada?', maxRetries: 0 };
  const { object } = await generateObject({ ...asked, schema });
  const partial = streamObject({ ...asked, schema });
  const growing = (await all(partial.partialObjectStream)).length > 3;
  const { output } = await generateText({ ...asked, output: Output.object({ schema }) });
  return { object, streamed: await partial.object, growing, output };
}

async function miss(model) {
  try {
    await generateText({ model, prompt: 'Helo', maxRetries: 0 });
    return null;
  } catch (error) {
    return { known: APICallError.isInstance(error), status: error.statusCode, code: error.data.error.code };
  }
}

const results = {};
for (const [api, model] of Object.entries({ responses: openai('gpt-4o'), chat: openai.chat('gpt-4o') })) {
  results[api] = {
    text: await text(model),
    streamed: await streamed(model),
    loop: await loop(model),
    streamed_loop: await streamedLoop(model),
    objects: await objects(model),
    miss: await miss(model),
  };
}
console.log(JSON.stringify(results));
