import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { crusadesError } from '../../errors/index.js';
import type { Chain } from '../node/chain.js';
import { authorMethods } from './author-methods.js';
import { chainMethods } from './chain-methods.js';
import { methodNotFound, Params, RpcError, type Caller, type Methods } from './protocol.js';
import { Session } from './session.js';
import { stateMethods } from './state-methods.js';
import { systemMethods, UNLISTED } from './system-methods.js';

const MOST_BYTES_A_MESSAGE = 16 * 1024 * 1024;
const CLOSE_GRACE_MS = 1000;
const UNAVAILABLE = 503;

interface Response {
  readonly jsonrpc: '2.0';
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** JSON-RPC of a node over websockets and HTTP on one port. */
export class RpcServer {
  readonly #methods: Methods;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;

  #delayMs = 0;
  #reachable = true;

  constructor(chain: Chain, controls: Methods) {
    const methods: Methods = {
      ...chainMethods(chain),
      ...stateMethods(chain),
      ...authorMethods(chain),
      ...systemMethods,
    };
    const listed = [...Object.keys(methods), 'rpc_methods'].filter((name) => !UNLISTED.has(name)).sort();
    this.#methods = { ...methods, ...controls, rpc_methods: () => ({ methods: listed }) };
    this.#http = createServer((request, response) => void this.#answerHttp(request, response));
    this.#sockets = new WebSocketServer({
      server: this.#http,
      maxPayload: MOST_BYTES_A_MESSAGE,
      verifyClient: (_info, answer) => answer(this.#reachable, UNAVAILABLE),
    });
    this.#sockets.on('connection', (socket) => this.#serve(socket));
    // The HTTP server reports the same errors to whoever listens.
    this.#sockets.on('error', () => undefined);
  }

  /**
   * @returns the port, which the system chooses when `port` is 0
   * @throws port_taken
   */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        reject(taken ? crusadesError('port_taken', { port, option: '--port' }, { cause: error }) : error);
      });
      this.#http.listen(port, host, () => {
        const address = this.#http.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  /** Cuts every connection, as a network fault does. The server goes on. */
  dropConnections(): void {
    this.#sockets.clients.forEach((socket) => socket.terminate());
  }

  /** Everything that is sent comes so much later. */
  delay(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** A node that is not reachable refuses whoever connects, as a proxy in front of a dead one does. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
    if (!reachable) this.dropConnections();
  }

  async close(): Promise<void> {
    this.#sockets.clients.forEach((socket) => socket.close(1001));
    const cut = setTimeout(() => {
      this.dropConnections();
      this.#http.closeAllConnections();
    }, CLOSE_GRACE_MS);
    await new Promise<void>((resolve) => this.#sockets.close(() => this.#http.close(() => resolve())));
    clearTimeout(cut);
  }

  #serve(socket: WebSocket): void {
    const session = new Session(socket, () => this.#delayMs);
    socket.on('message', (data: Buffer) => {
      session.answer((caller) => this.#answer(data.toString('utf8'), caller));
    });
    socket.on('close', () => session.end());
    socket.on('error', () => socket.terminate());
  }

  /** The reply's text, at once for all but the methods that wait for blocks. */
  #answer(text: string, caller: Caller): string | Promise<string> {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      return JSON.stringify(failure(null, new RpcError(-32700, 'Parse error')));
    }
    if (!Array.isArray(request)) return textOf(this.#call(request, caller));
    if (request.length === 0) return JSON.stringify(failure(null, new RpcError(-32600, 'Invalid request')));
    const answers = request.map((each) => this.#call(each, caller));
    if (!answers.some((each) => each instanceof Promise)) return JSON.stringify(answers);
    return textOf(Promise.all(answers.map(async (each) => each)));
  }

  #call(request: unknown, caller: Caller): Response | Promise<Response> {
    const {
      id = null,
      method,
      params = [],
    } = (typeof request === 'object' && request !== null ? request : {}) as {
      id?: unknown;
      method?: unknown;
      params?: unknown;
    };
    if (typeof method !== 'string' || !Array.isArray(params)) {
      return failure(id, new RpcError(-32600, 'Invalid request'));
    }
    try {
      const called = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
      if (!called) throw methodNotFound();
      const result = called(new Params(params), caller);
      if (!(result instanceof Promise)) return success(id, result);
      return result.then(
        (late: unknown) => success(id, late),
        (error: unknown) => failure(id, error),
      );
    } catch (error) {
      return failure(id, error);
    }
  }

  async #answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      response.writeHead(405, { allow: 'POST' }).end('Used HTTP Method is not allowed. POST is required');
      return;
    }
    if (!this.#reachable) return void response.writeHead(UNAVAILABLE).end();
    const chunks: Buffer[] = [];
    let received = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        received += chunk.length;
        if (received > MOST_BYTES_A_MESSAGE) return void response.writeHead(413).end();
        chunks.push(chunk);
      }
    } catch {
      return void response.destroy();
    }
    const body = await this.#answer(Buffer.concat(chunks).toString('utf8'), WITHOUT_SUBSCRIPTIONS);
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  }
}

const WITHOUT_SUBSCRIPTIONS: Caller = {
  subscribe: () => {
    throw methodNotFound();
  },
  unsubscribe: () => {
    throw methodNotFound();
  },
};

const textOf = (answer: unknown): string | Promise<string> =>
  answer instanceof Promise ? answer.then((late: unknown) => JSON.stringify(late)) : JSON.stringify(answer);

const success = (id: unknown, result: unknown): Response => ({ jsonrpc: '2.0', id, result: result ?? null });

const failure = (id: unknown, error: unknown): Response => {
  if (!(error instanceof RpcError)) return internalError(id, error);
  const { code, message, data } = error;
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
};

const internalError = (id: unknown, error: unknown): Response => ({
  jsonrpc: '2.0',
  id,
  error: {
    code: -32603,
    message: 'Internal error',
    data: error instanceof Error ? error.message : String(error),
  },
});
