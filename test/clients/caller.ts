/** What a client of the gateway's knows. */
export interface Caller {
  readonly url: string;
  /** The Basic header of a machine, and an access token of its. */
  readonly authorization: string;
  readonly token: string;
}

/** The status that the client gives to the code that uses it, when it has done waiting and calling again. */
export type Call = (caller: Caller) => Promise<number>;
