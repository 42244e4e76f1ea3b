/** Prometheus could not be asked. The message is the end of a sentence, and holds nothing that the other side wrote. */
export class NotAsked extends Error {}
