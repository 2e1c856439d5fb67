import type { FastifyReply, FastifyRequest } from 'fastify';
import { createSourceEventStream, type ExecutionResult, execute, type GraphQLError, type GraphQLSchema } from 'graphql';
import type { ConnectionFeed } from '../../domain/connections/connection.feed.js';
import { DomainError } from '../../domain/errors.js';
import { actorOf } from '../../domain/principal.js';
import { type Admission, type Admit, NOT_COUNTED, standingHeaders } from './admission.js';
import { coerceOperation } from './coerced-operation.js';
import type { SubscribeContext } from './connection-event.resolver.js';
import { type GraphqlContext, principalOf } from './context.js';
import { formatErrors, type Respond, type ResponseParts, toGraphqlError } from './execution-response.js';
import { RESPONSE_TYPE } from './media-type.js';
import type { OpenStream, OpenStreams } from './open-streams.js';
import { negotiateStreamForm, type StreamForm } from './stream-form.js';
import { explainSubscribeError, isFault, isRefusal } from './subscription-errors.js';
import { type SubscriptionRequest, validateSubscription } from './subscription-request.js';
import { SubscriptionStream } from './subscription-stream.js';

/** Authenticates a request: at the beginning, and later without a sign that its user is still there. */
export type CreateContext = (request: FastifyRequest, when: 'at first' | 'again') => Promise<GraphqlContext>;

interface SubscriptionParts extends ResponseParts {
  readonly schema: GraphQLSchema;
  readonly admit: Admit;
  readonly respond: Respond;
  readonly createContext: CreateContext;
  readonly connectionFeed: ConnectionFeed;
  readonly streams: OpenStreams;
}

/** A request and what of it stays the same for each event. */
interface Subscribed extends SubscriptionRequest {
  readonly request: FastifyRequest;
}

/** What a stream begins with. */
interface Begun {
  readonly form: StreamForm;
  readonly source: AsyncIterator<unknown>;
  readonly context: GraphqlContext;
  readonly admission: Admission;
}

/**
 * Answers subscriptions with streams of events over HTTP. Apollo Server has no part in it: it would execute a
 * subscription as if it were a query.
 *
 * The caller's credential is checked again for each event and at each heartbeat, and each event passes the guards of the
 * schema. A client that may no longer listen is told so and needs no further attempt; every other end is a cut.
 */
export class Subscriptions {
  readonly #parts: SubscriptionParts;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  /** @throws DomainError NOT_ACCEPTABLE where the client reads no streams */
  async answer(request: FastifyRequest, reply: FastifyReply, asked: SubscriptionRequest): Promise<FastifyReply> {
    const form = negotiateStreamForm(request.headers.accept);
    if (form === undefined) {
      throw new DomainError('NOT_ACCEPTABLE', {
        hint: 'A subscription is a stream: accept text/event-stream, or multipart/mixed;subscriptionSpec=1.0.',
      });
    }
    const { schema, createContext, streams } = this.#parts;
    let admission = NOT_COUNTED;
    try {
      const context = await createContext(request, 'at first');
      const invalid = validateSubscription(schema, asked);
      if (invalid.length > 0) return this.#refuse(request, reply, invalid, admission);
      // Who is refused for this has nothing counted.
      streams.requireRoom(callerOf(context));
      admission = await this.#admit(asked, context);
      const source = await this.#subscribe(asked, context);
      if (!(Symbol.asyncIterator in source)) return this.#refuse(request, reply, source.errors ?? [], admission);
      this.#open({ ...asked, request }, reply, { form, source: source[Symbol.asyncIterator](), context, admission });
      return reply;
    } catch (error) {
      return this.#refuse(request, reply, [toGraphqlError(error)], admission);
    }
  }

  async #admit({ operation, document, variables }: SubscriptionRequest, context: GraphqlContext): Promise<Admission> {
    const coerced = coerceOperation(this.#parts.schema, operation, document, variables);
    // Wrong variables are for the executor to explain.
    return coerced === undefined ? NOT_COUNTED : this.#parts.admit(coerced, context);
  }

  async #subscribe({ document, operation, variables }: SubscriptionRequest, context: GraphqlContext) {
    const { schema, connectionFeed } = this.#parts;
    const contextValue: SubscribeContext = { ...context, connectionFeed };
    const operationName = operation.name?.value;
    return createSourceEventStream({ schema, document, contextValue, variableValues: variables, operationName });
  }

  #open(subscribed: Subscribed, reply: FastifyReply, begun: Begun): void {
    const { streams } = this.#parts;
    const { source, context, admission } = begun;
    const stream = new SubscriptionStream(reply.raw, begun.form);
    const end = (error: unknown) => this.#end(stream, error, context.requestId);
    const kept: OpenStream = {
      caller: callerOf(context),
      beat: () => {
        if (stream.isOpen) this.#parts.createContext(subscribed.request, 'again').then(() => stream.beat(), end);
      },
      cut: () => stream.cut(),
    };
    try {
      // Others of the caller's may have come meanwhile.
      streams.requireRoom(callerOf(context));
    } catch (error) {
      void source.return?.();
      throw error;
    }
    reply.hijack();
    // Who left in the meantime closes nothing more.
    if (!stream.isOpen) {
      void source.return?.();
      return;
    }
    reply.raw.once('close', () => {
      streams.remove(kept);
      void source.return?.();
    });
    stream.open({ ...(reply.getHeaders() as Record<string, string>), ...standingHeaders(admission, undefined) });
    streams.add(kept);
    this.#tellAll(stream, source, subscribed).catch(end);
  }

  async #tellAll(stream: SubscriptionStream, source: AsyncIterator<unknown>, subscribed: Subscribed): Promise<void> {
    for (let read = await source.next(); !read.done; read = await source.next()) {
      const { data = null, errors } = await this.#execute(read.value, subscribed);
      const told = errors && { errors: formatErrors(errors, subscribed.request.id, this.#parts) };
      await stream.send({ data, ...told });
    }
  }

  /** @throws where the caller may no longer listen, and where the event cannot be told whole */
  async #execute(event: unknown, { request, document, operation, variables }: Subscribed): Promise<ExecutionResult> {
    const contextValue = await this.#parts.createContext(request, 'again');
    const { schema } = this.#parts;
    const operationName = operation.name?.value;
    const result = await execute({
      schema,
      document,
      rootValue: event,
      contextValue,
      variableValues: variables,
      operationName,
    });
    const fatal = result.errors?.find((error) => isFault(error) || (error.path?.length === 1 && isRefusal(error)));
    if (fatal !== undefined) throw fatal;
    return result;
  }

  /** Ends a stream of a client that may no longer listen; cuts it where the client should come back. */
  #end(stream: SubscriptionStream, thrown: unknown, requestId: string): void {
    // A heartbeat and an event may both find that the caller may no longer listen.
    if (!stream.isOpen) return;
    const errors = formatErrors([toGraphqlError(thrown)], requestId, this.#parts);
    if (isRefusal(thrown)) stream.complete({ data: null, errors });
    else stream.cut();
  }

  #refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    errors: readonly GraphQLError[],
    admission: Admission,
  ): FastifyReply {
    const explained = errors.map((error) => explainSubscribeError(error, request));
    // A client that reads streams alone still reads the status, which tells more in this type than in the older one.
    const answered = { admission, requestId: request.id, accept: RESPONSE_TYPE };
    const { status, headers, body } = this.#parts.respond({ errors: explained }, answered);
    return reply.code(status).headers(headers).send(body);
  }
}

/** @throws DomainError UNAUTHENTICATED without a caller */
function callerOf(context: GraphqlContext): string {
  const principal = principalOf(context);
  return `${principal.organizationId}/${actorOf(principal)}`;
}
