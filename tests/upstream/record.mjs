// Records what the npm package openai-mock-api answers, for test_upstream.py. README.md says how to run it.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(process.cwd(), 'package.json'));
const { ConfigLoader, startMockServer } = require('openai-mock-api');
const YAML = createRequire(require.resolve('openai-mock-api'))('yaml');

const read = name => readFileSync(join(here, name), 'utf8');

async function freePort() {
  const probe = createServer();
  await new Promise(resolve => probe.listen(0, resolve));
  const { port } = probe.address();
  await new Promise(resolve => probe.close(resolve));
  return port;
}

// What a reply says, as a key: every response says something of its own.
const said = ({ content, tool_calls }) => JSON.stringify([content ?? null, tool_calls ?? null]);

async function ask(port, { messages, body }) {
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer shop-key' },
    body: JSON.stringify({ model: 'gpt-4o', messages, ...body }),
  });
  return { status: response.status, document: await response.json() };
}

async function conversations() {
  const text = read('conversations.yaml');
  const { responses } = YAML.parse(text);
  const last = ({ messages }) => messages.findLast(({ role }) => role === 'assistant');
  const ids = new Map(responses.map(response => [said(last(response)), response.id]));
  if (ids.size !== responses.length) throw new Error('two responses say the same');

  const tables = YAML.parse(read('requests.yaml'));
  const port = await freePort();
  const server = await startMockServer({ config: text, port });
  const replies = {};
  const requests = {};
  for (const [name, { messages, body }] of Object.entries(tables.requests)) {
    const { status, document } = await ask(port, { messages, body });
    let answer = document.error?.message.startsWith('No matching response') ? 'no match' : status;
    if (status === 200) {
      const { content = null, tool_calls = null } = document.choices[0].message;
      answer = ids.get(said({ content, tool_calls }));
      replies[answer] = { content, tool_calls };
    }
    requests[name] = { messages, body, answer };
  }
  const http = {};
  for (const [name, { method, path, key = 'Bearer shop-key', body }] of Object.entries(tables.http)) {
    const headers = { 'content-type': 'application/json', ...(key && { authorization: key }) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body });
    const { error } = await response.json().catch(() => ({}));
    http[name] = { status: response.status, code: error ? (error.code ?? null) : null };
  }
  await server.stop();
  return { replies, requests, http };
}

function configurations() {
  const loader = new ConfigLoader({ info() {}, debug() {}, warn() {}, error() {} });
  const verdicts = {};
  for (const [name, { text }] of Object.entries(YAML.parse(read('configurations.yaml')))) {
    verdicts[name] = null;
    try {
      loader.validateConfig(YAML.parse(text));
    } catch (error) {
      verdicts[name] = error.message;
    }
  }
  return verdicts;
}

// One line for each row, so that a change is easy to read.
const rows = table =>
  `{\n${Object.entries(table).map(([key, row]) => `    ${JSON.stringify(key)}: ${JSON.stringify(row)}`).join(',\n')}\n  }`;

const { version } = require('openai-mock-api/package.json');
const recorded = { ...(await conversations()), configurations: configurations() };
const tables = Object.entries(recorded).map(([name, table]) => `  ${JSON.stringify(name)}: ${rows(table)}`);
writeFileSync(join(here, 'expected.json'), `{\n  "version": "${version}",\n${tables.join(',\n')}\n}\n`);
