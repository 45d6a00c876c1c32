#include "train/launchers.h"

#include <cstdlib>
#include <gmock/gmock.h>
#include <map>

#include "core/check.h"

namespace imagine::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

using Environment = std::map<std::string, std::string>;

Variables variables_of(const Environment& environment) {
  return [environment](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
}

void check_in(int size, const Environment& environment) {
  check_launcher(size, "Open MPI v4.1.4", variables_of(environment));
}

void expect_refusal(int size, const Environment& environment, const std::string& told) {
  EXPECT_THAT(
      [&] { check_in(size, environment); },
      ThrowsMessage<InputError>(AllOf(HasSubstr(concat("got ", size, " joined and ", told)),
                                      HasSubstr("Open MPI v4.1.4: start it with that one's mpirun"),
                                      HasSubstr("srun --mpi=pmix"))));
}

LaunchedProcess launched_in(const Environment& environment) {
  return launched_process(variables_of(environment));
}

LaunchedProcess task_in(const Environment& environment) {
  return array_task(variables_of(environment));
}

void expect_process(const LaunchedProcess& process, const LaunchedProcess& expected) {
  EXPECT_EQ(process.rank, expected.rank);
  EXPECT_EQ(process.size, expected.size);
  EXPECT_EQ(process.neighbours, expected.neighbours);
}

TEST(LaunchedProcess, IsAloneWhereNothingTells) {
  expect_process(launched_in({}), {});
  expect_process(launched_in({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}), {});  // salloc
  expect_process(launched_in({{"OMPI_COMM_WORLD_RANK", "x"}, {"PMI_RANK", "-1"}}), {});
}

TEST(LaunchedProcess, IsWhatItsLauncherTells) {
  expect_process(launched_in({{"OMPI_COMM_WORLD_RANK", "2"},
                              {"OMPI_COMM_WORLD_SIZE", "4"},
                              {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}}),
                 {.rank = 2, .size = 4, .neighbours = 2});
  expect_process(launched_in({{"PMI_RANK", "1"}, {"PMI_SIZE", "3"}}), {.rank = 1, .size = 3});
  expect_process(launched_in({{"PMIX_RANK", "5"}}), {.rank = 5, .size = 6});  // or more
  expect_process(launched_in({{"SLURM_STEP_ID", "0"},
                              {"SLURM_STEP_NUM_TASKS", "8"},
                              {"SLURM_PROCID", "7"},
                              {"SLURM_STEP_TASKS_PER_NODE", "4(x2)"}}),
                 {.rank = 7, .size = 8, .neighbours = 4});
}

TEST(LaunchedProcess, IsATaskOfAnArray) {
  expect_process(task_in({}), {});
  expect_process(task_in({{"SLURM_ARRAY_TASK_ID", "0"}, {"SLURM_ARRAY_TASK_COUNT", "4"}}),
                 {.rank = 0, .size = 4});
  const auto stepped = [](const char* id) {
    return Environment{{"SLURM_ARRAY_TASK_ID", id},
                       {"SLURM_ARRAY_TASK_COUNT", "3"},
                       {"SLURM_ARRAY_TASK_MIN", "10"},
                       {"SLURM_ARRAY_TASK_STEP", "5"}};
  };
  expect_process(task_in(stepped("20")), {.rank = 2, .size = 3});
  expect_process(task_in(stepped("90")), {.rank = 1, .size = 3});  // "10,15,90"
}

TEST(Launchers, EachThatTellsAnotherSizeIsRefused) {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE",
                           "JSM_NAMESPACE_SIZE", "FLUX_JOB_SIZE", "SLURM_STEP_NUM_TASKS"}) {
    for (const int told : {1, 2, 3, 64}) {
      for (const int size : {1, 2, 3, 64}) {
        const Environment environment = {{name, std::to_string(told)}};
        if (told == size) {
          EXPECT_NO_THROW(check_in(size, environment)) << name;
        } else {
          expect_refusal(size, environment, concat(name, '=', told));
        }
      }
    }
  }
}

TEST(Launchers, ARankThatMpiDoesNotHaveIsRefused) {
  for (const char* name : {"PMIX_RANK", "PMI_RANK", "PALS_RANKID", "OMPI_COMM_WORLD_RANK"}) {
    EXPECT_NO_THROW(check_in(1, {{name, "0"}}));
    EXPECT_NO_THROW(check_in(4, {{name, "3"}}));
    expect_refusal(1, {{name, "1"}}, concat(name, "=1"));
    expect_refusal(4, {{name, "4"}}, concat(name, "=4"));
  }
}

TEST(Launchers, AnAllocationIsNoStep) {
  EXPECT_NO_THROW(check_in(1, {}));
  EXPECT_NO_THROW(check_in(1, {{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "4"}}));
  for (const char* reserved : {"4294967290", "4294967291"}) {  // salloc's shell, a batch script
    EXPECT_NO_THROW(check_in(1, {{"SLURM_NTASKS", "4"},
                                 {"SLURM_STEP_ID", reserved},
                                 {"SLURM_STEP_NUM_TASKS", "4"},
                                 {"SLURM_PROCID", "0"}}));
  }
}

TEST(Launchers, AStepWithoutPmiIsRefusedInEachOfItsTasks) {
  for (const char* step : {"SLURM_STEP_ID", "SLURM_STEPID"}) {
    for (const char* count : {"SLURM_NTASKS", "SLURM_NPROCS", "SLURM_STEP_NUM_TASKS"}) {
      for (const char* task : {"0", "3"}) {
        const Environment environment = {{step, "0"}, {count, "4"}, {"SLURM_PROCID", task}};
        expect_refusal(1, environment, concat(count, "=4"));
        EXPECT_NO_THROW(check_in(4, environment));
      }
    }
  }
  expect_refusal(1, {{"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "2"}}, "SLURM_PROCID=2");
}

TEST(Launchers, TheOneThatStartedTheProcessCountsMoreThanWhatStartedIt) {
  // mpirun on several machines starts its daemons as a step of one task each.
  EXPECT_NO_THROW(check_in(4, {{"OMPI_COMM_WORLD_SIZE", "4"}, {"SLURM_STEP_NUM_TASKS", "1"}}));
  EXPECT_NO_THROW(check_in(1, {{"OMPI_COMM_WORLD_SIZE", "1"}, {"SLURM_STEP_NUM_TASKS", "3"}}));
  EXPECT_NO_THROW(check_in(4, {{"OMPI_COMM_WORLD_SIZE", "4"}, {"PMI_SIZE", "1"}}));
  // So does MPICH's, which Open MPI cannot join.
  expect_refusal(1, {{"PMI_SIZE", "4"}, {"SLURM_STEP_NUM_TASKS", "1"}}, "PMI_SIZE=4");
  // srun with PMIx tells ranks alone.
  const Environment pmix = {
      {"PMIX_RANK", "0"}, {"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}};
  EXPECT_NO_THROW(check_in(2, pmix));
  expect_refusal(1, pmix, "SLURM_STEP_NUM_TASKS=2");
}

TEST(Launchers, WhatIsNoNumberTellsNothing) {
  for (const char* text : {"", "four", "4 ", "99999999999999999999", "0x2"}) {
    EXPECT_NO_THROW(check_in(1, {{"PMI_SIZE", text}, {"PMI_RANK", text}}));
  }
}

TEST(Launchers, WhatWasSetLaterDoesNotCount) {
  ::setenv("PMIX_RANK", "1", 1);
  const auto before = present_environment();
  ::setenv("PMIX_RANK", "0", 1);
  EXPECT_EQ(before("PMIX_RANK"), "1");
  EXPECT_EQ(present_environment()("PMIX_RANK"), "0");
  ::unsetenv("PMIX_RANK");
  EXPECT_EQ(present_environment()("PMIX_RANK"), std::nullopt);
}

TEST(Launchers, JoiningIsForSeveral) {
  const auto joins = [](const Environment& environment) {
    return is_one_of_several(variables_of(environment));
  };
  EXPECT_FALSE(joins({}));
  EXPECT_FALSE(joins({{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "0"}}));
  EXPECT_FALSE(joins({{"PMI_SIZE", "1"}, {"PMI_RANK", "0"}}));  // a Slurm with MpiDefault=pmi2
  EXPECT_FALSE(joins({{"PMI_SIZE", "many"}, {"PMI_RANK", "first"}}));
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"}) {
    EXPECT_TRUE(joins({{name, "2"}})) << name;
  }
  for (const char* name : {"PMIX_RANK", "PMI_RANK", "PALS_RANKID"}) {
    EXPECT_TRUE(joins({{name, "0"}})) << name;
  }
}

}  // namespace
}  // namespace imagine::train
