import ArgumentParser
import Capture
import Foundation
import Wirespace

/// `wirespace doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is installed, which devices will be used, and what to do about each problem.",
        discussion: """
            Example:
              wirespace doctor

            Ends with 0 when the model can be trained here, else with 70.
            """)

    @Flag(help: "Print JSON for programs.")
    var json = false

    mutating func run() throws {
        let findings = Doctor.examine() + [browser()]
        if json {
            try printJSON(findings)
        } else {
            for finding in findings {
                print("\(finding.state.symbol) \(finding.subject): \(finding.message)")
                if let remedy = finding.remedy { print("    → \(remedy)") }
            }
        }
        if findings.contains(where: { $0.state == .broken }) { throw ExitCode(70) }
    }

    private func browser() -> Finding {
        let found = try? Browser.find()
        return Finding(
            subject: "Chromium", state: .good, message: found ?? "not on the PATH; only `dataset capture` wants it")
    }
}
