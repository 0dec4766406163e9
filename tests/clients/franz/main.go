// A consumer with franz-go, as an application would write it (variables: ../README.md). Commits only what it has logged.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	batch  = 500
	pollMs = 100
	stopS  = 20
)

func text(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func number(name string, fallback int) int {
	value, err := strconv.Atoi(text(name, strconv.Itoa(fallback)))
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
	return value
}

type collector struct {
	log         *collectLog
	client      *kgo.Client
	topic       string
	commitEvery int
	interval    time.Duration
	delay       time.Duration
	done        map[int32]kgo.EpochOffset // logged and not committed
	doneCount   int
	committed   time.Time
}

func options(c *collector) []kgo.Opt {
	session := time.Duration(number("SESSION_TIMEOUT_MS", 6000)) * time.Millisecond
	reset := kgo.NewOffset().AtEnd()
	if text("AUTO_OFFSET_RESET", "latest") == "earliest" {
		reset = kgo.NewOffset().AtStart()
	}
	isolation := kgo.ReadCommitted()
	if text("ISOLATION", "read_committed") == "read_uncommitted" {
		isolation = kgo.ReadUncommitted()
	}
	found := []kgo.Opt{
		kgo.SeedBrokers(os.Getenv("KAFKA_BOOTSTRAP")), kgo.ConsumerGroup(os.Getenv("KAFKA_GROUP_ID")), kgo.ConsumeTopics(c.topic),
		kgo.ConsumeResetOffset(reset), kgo.FetchIsolationLevel(isolation), kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(),
		kgo.SessionTimeout(session), kgo.HeartbeatInterval(session / 6), kgo.RebalanceTimeout(10 * time.Second),
		kgo.MetadataMaxAge(5 * time.Second), kgo.FetchMaxWait(pollMs * time.Millisecond), kgo.WithLogger(kgo.BasicLogger(os.Stderr, kgo.LogLevelWarn, nil)),
		kgo.OnPartitionsAssigned(c.assigned), kgo.OnPartitionsRevoked(c.revoked), kgo.OnPartitionsLost(c.lost),
	}
	if text("ALLOW_AUTO_CREATE", "true") == "true" {
		found = append(found, kgo.AllowAutoTopicCreation())
	}
	if id := os.Getenv("GROUP_INSTANCE_ID"); id != "" {
		found = append(found, kgo.InstanceID(id))
	}
	if os.Getenv("ASSIGNOR") == "range" {
		found = append(found, kgo.Balancers(kgo.RangeBalancer()))
	}
	return found
}

func (c *collector) run(ctx context.Context) error {
	for ctx.Err() == nil {
		poll, cancel := context.WithTimeout(ctx, pollMs*time.Millisecond)
		most := batch
		if c.delay > 0 {
			most = 1
		}
		fetches := c.client.PollRecords(poll, most)
		cancel()
		if err := c.take(fetches); err != nil {
			return err
		}
		if c.doneCount > 0 && (c.doneCount >= c.commitEvery || time.Since(c.committed) >= c.interval) {
			c.commit(c.done)
		}
		c.client.AllowRebalance()
	}
	return nil
}

func (c *collector) take(fetches kgo.Fetches) error {
	for _, e := range fetches.Errors() {
		if errors.Is(e.Err, context.DeadlineExceeded) || errors.Is(e.Err, context.Canceled) || kerr.IsRetriable(e.Err) {
			continue
		}
		return e.Err
	}
	var lines []byte
	count := 0
	fetches.EachRecord(func(r *kgo.Record) {
		lines = append(lines, c.log.got(r)...)
		c.done[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
		count++
	})
	c.log.append(lines)
	c.doneCount += count
	time.Sleep(c.delay * time.Duration(count))
	return nil
}

// commit logs what the broker took; a refusal means that another member has it now.
func (c *collector) commit(offsets map[int32]kgo.EpochOffset) {
	c.committed = time.Now()
	wanted := map[int32]kgo.EpochOffset{}
	for partition, offset := range offsets {
		wanted[partition] = offset
	}
	if len(wanted) == 0 {
		return
	}
	c.client.CommitOffsetsSync(context.Background(), map[string]map[int32]kgo.EpochOffset{c.topic: wanted},
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, err error) {
			if err != nil {
				fmt.Fprintf(os.Stderr, "commit refused: %v\n", err)
				return
			}
			c.taken(wanted, answer)
		})
}

func (c *collector) taken(wanted map[int32]kgo.EpochOffset, answer *kmsg.OffsetCommitResponse) {
	c.doneCount = 0
	for _, topic := range answer.Topics {
		for _, p := range topic.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				fmt.Fprintf(os.Stderr, "commit of partition %d refused: %v\n", p.Partition, err)
				continue
			}
			c.log.write("commit", fields{"topic": topic.Topic, "partition": p.Partition, "offset": wanted[p.Partition].Offset})
			delete(c.done, p.Partition)
		}
	}
}

func sorted(partitions []int32) []int32 {
	found := append([]int32{}, partitions...)
	sort.Slice(found, func(i, j int) bool { return found[i] < found[j] })
	return found
}

func (c *collector) assigned(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	c.log.write("assigned", fields{"partitions": sorted(partitions[c.topic])})
}

func (c *collector) revoked(ctx context.Context, client *kgo.Client, partitions map[string][]int32) {
	mine := map[int32]kgo.EpochOffset{}
	for _, partition := range partitions[c.topic] {
		if offset, ok := c.done[partition]; ok {
			mine[partition] = offset
		}
	}
	c.commit(mine)
	c.lost(ctx, client, partitions)
}

func (c *collector) lost(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	for _, partition := range partitions[c.topic] {
		delete(c.done, partition)
	}
	c.log.write("revoked", fields{"partitions": sorted(partitions[c.topic])})
}

func collect() error {
	log, err := openLog("franz")
	if err != nil {
		return err
	}
	c := &collector{
		log: log, topic: os.Getenv("KAFKA_TOPIC_NAME"), commitEvery: number("COMMIT_EVERY", 100), done: map[int32]kgo.EpochOffset{}, committed: time.Now(),
		interval: time.Duration(number("COMMIT_INTERVAL_MS", 500)) * time.Millisecond, delay: time.Duration(number("COLLECT_DELAY_MS", 0)) * time.Millisecond,
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	log.write("start", fields{"client": "franz", "topic": c.topic, "group": os.Getenv("KAFKA_GROUP_ID")})
	if c.client, err = kgo.NewClient(options(c)...); err != nil {
		return err
	}
	if err := c.run(ctx); err != nil {
		return err
	}
	time.AfterFunc(stopS*time.Second, func() { os.Exit(1) })
	c.commit(c.done)
	c.client.CloseAllowingRebalance()
	log.write("stop", fields{"clean": true})
	return nil
}

func main() {
	var err error
	if path := os.Getenv("COLLECT_SELF_TEST"); path != "" {
		err = selfTest(path)
	} else {
		err = collect()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
